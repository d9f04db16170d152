package io.github.tlora.cli;

import io.github.tlora.run.ConfigsRun;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora configs show}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    header = "Print a recipe as it is.",
    description = {"With what it includes: tlora config show -c NAME."},
    footer = {"", "Examples:", "  tlora configs show paper/tlora/sst2"})
final class ConfigsShowCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "NAME", description = "The recipe, as tlora configs list names it.")
  private String name;

  @Option(names = "--json", description = "Answer with what 'list' has of it and its text as JSON.")
  private boolean json;

  ConfigsShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ConfigsRun.Shown shown = ConfigsRun.show(name);
    console.answer(json, shown, shown.text().stripTrailing());
    return 0;
  }
}
