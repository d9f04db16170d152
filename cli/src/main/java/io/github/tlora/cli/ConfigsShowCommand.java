package io.github.tlora.cli;

import io.github.tlora.config.Recipes;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
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

  ConfigsShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    console.answer(false, null, Recipes.named(name).text().stripTrailing());
    return 0;
  }
}
