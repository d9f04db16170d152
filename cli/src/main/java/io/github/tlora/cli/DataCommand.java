package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.run.DataCheckRun;
import io.github.tlora.run.DataRun;
import io.github.tlora.run.Environment;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora data}. */
@Command(
    name = "data",
    mixinStandardHelpOptions = true,
    header = "Show what a data set is, or check it and name every fault.",
    description = {
      "",
      "Rows, columns, labels, lengths in tokens with the share that --max-length cuts,",
      "duplicates within and across splits, three rows. With --check every fault, by",
      "file and line; exit code 3 says that there are some.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  tlora data sst2",
      "  tlora data mrpc --data glue/MRPC --model roberta-base",
      "  tlora data rte --data glue/RTE --check"
    })
final class DataCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      paramLabel = "TASK",
      description = "The task whose data they are, or a file that describes it.")
  private String task;

  @Heading("Rows")
  @Option(
      names = {"-d", "--data"},
      paramLabel = "PATH",
      description = "Where they are (default: where training looks).")
  private String data;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      defaultValue = "bundled",
      description = "Whose tokenizer counts (default: bundled).")
  private String model;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      defaultValue = "128",
      description = "The longest row in tokens that training takes (default: 128).")
  private int maxLength;

  @Heading("Check")
  @Option(names = "--check", description = "Read every row, and name every one with a fault.")
  private boolean check;

  @Option(
      names = "--max-faults",
      paramLabel = "N",
      defaultValue = "100",
      description = "With --check, faults of a split that are named; others are counted.")
  private int maxFaults;

  @Heading("Output")
  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  DataCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (maxLength < 1 || maxFaults < 1) {
      throw UserError.usage("--max-length and --max-faults must be at least 1");
    }
    Environment environment = Environment.current();
    if (check) {
      DataCheckRun.Result checked = DataCheckRun.check(task, data, maxFaults, environment);
      console.answer(json, checked, DataText.of(checked));
      if (checked.faults() > 0) {
        throw UserError.file(
            "data: "
                + Quantity.number(checked.faults())
                + (checked.faults() == 1 ? " fault" : " faults")
                + " in "
                + checked.data()
                + ". The list on stdout names file and line");
      }
      return 0;
    }
    DataRun.Report report;
    try (CountProgress progress = new CountProgress(console)) {
      report = DataRun.describe(task, data, model, maxLength, environment, progress);
    }
    console.answer(json, report, DataText.of(report));
    return 0;
  }
}
