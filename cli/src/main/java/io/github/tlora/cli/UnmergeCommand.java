package io.github.tlora.cli;

import io.github.tlora.run.UnmergeRun;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora unmerge}. */
@Command(
    name = "unmerge",
    mixinStandardHelpOptions = true,
    header = "Take an adapter out of a merged checkpoint: the encoder it was merged into.",
    description =
        "Where the encoder itself is at hand, the restored weights are compared with its own.",
    footer = {"", "Example:", "  tlora unmerge merged -o encoder"})
final class UnmergeCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "MERGED", description = "A checkpoint that 'tlora merge' wrote.")
  private Path merged;

  @Heading("What to take out")
  @Option(
      names = "--adapter",
      paramLabel = "RUN",
      description = "The adapter that was merged (default: where it was then).")
  private Path adapter;

  @Heading("Output")
  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "The encoder's directory; must not exist.")
  private Path output;

  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  @Mixin private LoadOptions load;

  UnmergeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    UnmergeRun.Result result =
        UnmergeRun.unmerge(merged, adapter, output, load.model, load.environment(console));
    String error =
        result.largestError() == null
            ? "not compared: it is not here. Say where with --model"
            : String.format(
                Locale.ROOT, "its weights are restored up to %.3g", result.largestError());
    console.answer(json, result, result.output() + ": " + result.base() + "; " + error);
    return 0;
  }
}
