package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.run.MergeRun;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora merge}. */
@Command(
    name = "merge",
    mixinStandardHelpOptions = true,
    header = "Merge an adapter into its encoder: an ordinary Hugging Face checkpoint.",
    description =
        "The checkpoint is loaded again and compared with the adapter on the dev rows"
            + " before it takes its name.",
    footer = {"", "Example:", "  tlora merge runs/sst2-bundled-tlora-r8-s0 -o merged"})
final class MergeCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private LoadOptions load;

  @Parameters(paramLabel = "RUN", description = "A run directory, or an adapter's.")
  private Path run;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "The checkpoint's directory; must not exist.")
  private Path output;

  @Option(names = "--data", paramLabel = "PATH", description = "Dev rows (default: the run's).")
  private String data;

  @Option(
      names = "--tolerance",
      paramLabel = "X",
      defaultValue = "1e-4",
      description = "Largest difference of logits that is accepted (default: 1e-4).")
  private double tolerance;

  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  MergeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!(tolerance >= 0)) {
      throw UserError.usage("--tolerance must be at least 0, got " + tolerance);
    }
    MergeRun.Result result =
        MergeRun.merge(run, output, data, load.model, tolerance, load.environment(console));
    if (!result.stock()) {
      console.say(
          "tlora: no stock transformers class pools as this model does: "
              + output.resolve("README.md")
              + " has the lines that load it in Python");
    }
    console.answer(
        json,
        result,
        String.format(
            Locale.ROOT,
            "%s: merged; logits differ by at most %.3g on %d dev rows",
            result.output(),
            result.largestDifference(),
            result.rows()));
    return 0;
  }
}
