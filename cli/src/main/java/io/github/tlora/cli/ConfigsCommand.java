package io.github.tlora.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tlora configs}. */
@Command(
    name = "configs",
    mixinStandardHelpOptions = true,
    header = "Find recipes that come with the tool, and copy one to change it.",
    description = {
      "A recipe is a configuration for tlora train: base models, methods, and the settings with"
          + " which papers got the scores that they print. -c takes a recipe's name as it takes a"
          + " file."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {ConfigsListCommand.class, ConfigsShowCommand.class, ConfigsCopyCommand.class},
    footer = {
      "",
      "Examples:",
      "  tlora configs list lora roberta-base",
      "  tlora configs copy paper/tlora/sst2",
      "  tlora train -c paper/tlora/sst2 --dry-run"
    })
final class ConfigsCommand implements Runnable {
  private final Console console;

  @Spec private CommandSpec spec;

  ConfigsCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    spec.commandLine().usage(console.out());
  }
}
