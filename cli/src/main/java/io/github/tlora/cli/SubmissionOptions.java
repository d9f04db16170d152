package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.run.SubmissionRun;
import java.nio.file.Path;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** The options of {@code tlora predict} for a split's rows, and for files of GLUE's benchmark. */
final class SubmissionOptions {
  @Heading("Rows of a task, and GLUE's benchmark")
  @Option(
      names = "--split",
      paramLabel = "SPLIT",
      description = "Predict the rows of this split, such as test.")
  private String split;

  @Option(
      names = "--glue-format",
      description =
          "Write the task's test predictions as gluebenchmark.com takes them: of an MNLI run"
              + " MNLI-m.tsv, MNLI-mm.tsv and, where the diagnostic set is there, AX.tsv.")
  private boolean glueFormat;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "PATH",
      description = "The task's files, with --split (default: the run's).")
  private String data;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Directory for the files of --glue-format; those of other tasks may be there.")
  private Path output;

  /** Whether files for the benchmark are asked for. */
  boolean isAsked() {
    return glueFormat || output != null;
  }

  /** The split whose rows are predicted; null for texts. */
  String split() {
    if (split == null && data != null) {
      throw UserError.usage("predict: --data says where a split is. Give --split too");
    }
    return split;
  }

  /** Where the rows are; null for those of the run. */
  String data() {
    return data;
  }

  /** Writes the files and answers with their names. */
  void write(Path run, LoadOptions load, Console console, boolean json) {
    if (run == null || !glueFormat || output == null || !"test".equals(split)) {
      throw UserError.usage(
          "predict: for GLUE's benchmark give RUN --split test --glue-format -o DIR");
    }
    SubmissionRun.Result result =
        SubmissionRun.write(
            run,
            data,
            output,
            load.model,
            load.environment(console),
            progress ->
                console.say(
                    progress.file()
                        + ": "
                        + Quantity.number(progress.rows())
                        + " of "
                        + Quantity.number(progress.of())
                        + " rows, "
                        + Quantity.duration(progress.secondsLeft())
                        + " left"));
    console.answer(
        json,
        result,
        result.files().stream()
            .map(
                file ->
                    output.resolve(file.file())
                        + ": "
                        + Quantity.number(file.rows())
                        + " rows of "
                        + file.data())
            .collect(Collectors.joining(System.lineSeparator())));
  }
}
