package io.github.tlora.cli;

import io.github.tlora.run.ConfigsRun;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora configs copy}. */
@Command(
    name = "copy",
    mixinStandardHelpOptions = true,
    header = "Copy a recipe, as one file that needs no other, to change it.",
    footer = {
      "",
      "Examples:",
      "  tlora configs copy paper/tlora/sst2",
      "  tlora configs copy method/lora -o mine.yaml"
    })
final class ConfigsCopyCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "NAME", description = "The recipe, as tlora configs list names it.")
  private String name;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The copy; must not exist (default: the recipe's own name, here).")
  private Path output;

  @Option(names = "--json", description = "Answer with name, file and command as JSON.")
  private boolean json;

  ConfigsCopyCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ConfigsRun.Copy copy = ConfigsRun.copy(name, output);
    console.answer(json, copy, "wrote " + copy.file() + ". Train with: " + copy.command());
    return 0;
  }
}
