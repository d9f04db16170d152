package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.run.EvalRun;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora eval}. */
@Command(
    name = "eval",
    mixinStandardHelpOptions = true,
    header = "Score a trained adapter, from its files alone.",
    footer = {
      "",
      "Examples:",
      "  tlora eval runs/sst2-bundled-tlora-r8-s0",
      "  tlora eval runs/lora/adapter --data glue/SST-2 --json"
    })
final class EvalCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private LoadOptions load;

  @Parameters(paramLabel = "RUN", description = "A run directory, or an adapter's.")
  private Path run;

  @Option(names = "--data", paramLabel = "PATH", description = "Rows (default: the run's).")
  private String data;

  @Option(
      names = "--split",
      paramLabel = "SPLIT",
      defaultValue = "dev",
      description = "train or dev (default).")
  private String split;

  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  EvalCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!split.equals("dev") && !split.equals("train")) {
      throw UserError.usage("--split must be train or dev, got '" + split + "'");
    }
    EvalRun.Result result =
        EvalRun.evaluate(run, data, split, load.model, load.environment(console));
    String sample = result.sample() ? " of the bundled sample (no GLUE score)" : "";
    console.answer(
        json,
        result,
        result.task()
            + " "
            + result.split()
            + ": "
            + Panel.scores(result.metrics())
            + " on "
            + Quantity.number(result.rows())
            + " rows"
            + sample);
    return 0;
  }
}
