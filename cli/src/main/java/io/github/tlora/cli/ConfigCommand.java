package io.github.tlora.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tlora config}. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    header = "Show what configures a training, and where each setting comes from.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {ConfigShowCommand.class, ConfigSchemaCommand.class, ConfigDocsCommand.class},
    footer = {
      "",
      "Examples:",
      "  tlora config show -c method/lora --rank 4",
      "  tlora config schema > tlora.schema.json"
    })
final class ConfigCommand implements Runnable {
  private final Console console;

  @Spec private CommandSpec spec;

  ConfigCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    spec.commandLine().usage(console.out());
  }
}
