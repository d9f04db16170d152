package io.github.tlora.cli;

import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.run.MergeRun;
import io.github.tlora.tensor.Dtype;
import java.nio.file.Path;
import java.util.Arrays;
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

  @Parameters(paramLabel = "RUN", description = "A run directory, or an adapter's.")
  private Path run;

  @Heading("Output")
  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "The checkpoint's directory; must not exist.")
  private Path output;

  @Heading("Check")
  @Option(
      names = {"-d", "--data"},
      paramLabel = "PATH",
      description = "Dev rows (default: the run's).")
  private String data;

  @Heading("Output")
  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      completionCandidates = Words.Dtypes.class,
      description = "Store weights as f32, bf16 or f16 (default: as the encoder's are stored).")
  private String dtype;

  @Heading("Check")
  @Option(
      names = "--tolerance",
      paramLabel = "X",
      description =
          "Largest difference of logits that is accepted (default: 1e-4; 5e-3 for f16, 5e-2 for"
              + " bf16).")
  private Double tolerance;

  @Heading("Output")
  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  @Mixin private LoadOptions load;

  MergeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (tolerance != null && !(tolerance >= 0)) {
      throw UserError.usage("--tolerance must be at least 0, got " + tolerance);
    }
    MergeRun.Result result =
        MergeRun.merge(
            new MergeRun.Request(run, output, data, load.model, type(), tolerance),
            load.environment(console));
    if (!result.stock()) {
      console.say(
          "tlora: no stock transformers class pools as this model does: "
              + output.resolve("README.md")
              + " has the lines that load it in Python");
    }
    console.answer(json, result, line(result));
    return 0;
  }

  private Dtype type() {
    if (dtype == null) {
      return null;
    }
    return Arrays.stream(Dtype.values())
        .filter(type -> Setting.word(type).equals(dtype))
        .findFirst()
        .orElseThrow(
            () -> UserError.usage("--dtype must be f32, bf16 or f16, got '" + dtype + "'"));
  }

  private static String line(MergeRun.Result result) {
    String first =
        String.format(
            Locale.ROOT,
            "%s: merged as %s; logits differ by at most %.3g on %d dev rows%s",
            result.output(),
            Setting.word(result.dtype()),
            result.largestDifference(),
            result.rows(),
            result.changedLabels() == null ? "" : ", " + result.changedLabels() + " labels change");
    return result.unmerged().equals(result.merged())
        ? first + "; " + Panel.scores(result.merged()) + " as before"
        : first
            + "; "
            + Panel.scores(result.merged())
            + ", before "
            + Panel.scores(result.unmerged());
  }
}
