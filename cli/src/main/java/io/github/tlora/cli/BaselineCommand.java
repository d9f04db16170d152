package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.run.BaselineRun;
import io.github.tlora.run.Environment;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora baseline}. */
@Command(
    name = "baseline",
    mixinStandardHelpOptions = true,
    header = "Score a bag of words: what fine-tuning should be above.",
    description =
        "Learns a linear model on words and pairs of words, weighed by TF-IDF, and scores the"
            + " dev rows. It takes seconds; the scores are kept for the same rows.",
    footer = {
      "",
      "Examples:",
      "  tlora baseline sst2",
      "  tlora baseline mrpc --data glue/MRPC --json"
    })
final class BaselineCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "TASK", description = "Task whose rows are learnt.")
  private String task;

  @Heading("Rows")
  @Option(
      names = {"-d", "--data"},
      paramLabel = "PATH",
      description = "Directory with train.tsv and dev.tsv (default: as train has it).")
  private String data;

  @Option(
      names = "--max-examples",
      paramLabel = "N",
      description = "Training rows used, drawn as train draws them (default: all).")
  private Integer maxExamples;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The seed by which --max-examples draws (default: 0).")
  private long seed;

  @Heading("Output")
  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  BaselineCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (maxExamples != null && maxExamples < 1) {
      throw UserError.usage("--max-examples must be at least 1, got " + maxExamples);
    }
    BaselineRun.Result result =
        BaselineRun.run(task, data, maxExamples, seed, Environment.current());
    result.warnings().forEach(console::warn);
    String sample = result.sample() ? " of the bundled sample (no GLUE score)" : "";
    console.answer(
        json,
        result,
        result.task()
            + " dev: "
            + Panel.scores(result.metrics())
            + " on "
            + Quantity.number(result.devRows())
            + " rows"
            + sample
            + ", learnt from "
            + Quantity.number(result.trainRows())
            + ": "
            + result.method());
    return 0;
  }
}
