package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.run.CombineRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora combine}. */
@Command(
    name = "combine",
    mixinStandardHelpOptions = true,
    header = "Make one adapter of several: the weighted sum of their updates.",
    description =
        "The sum is a LoRA, in PEFT's layout: exact, of the ranks added up, or with --rank the"
            + " nearest of that rank. For tlora, lora, lora-fa, lora-xs, vera and combined.",
    footer = {
      "",
      "Examples:",
      "  tlora combine runs/a runs/b --weights 0.7,0.3 -o both",
      "  tlora combine runs/a runs/b --weights 1,-1 --rank 8 --head 2 -o difference"
    })
final class CombineCommand implements Callable<Integer> {
  private static final String AVERAGE = "average";

  private final Console console;

  @Parameters(
      paramLabel = "RUN",
      arity = "1..*",
      description = "Run directories, or adapters', two or more, of one encoder.")
  private List<Path> runs = new ArrayList<>();

  @Heading("Sum")
  @Option(
      names = "--weights",
      paramLabel = "W",
      split = ",",
      description = "A number an adapter, separated by commas (default: 1 each).")
  private List<Double> weights;

  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Cut the sum to this rank (default: exact); what is lost is told.")
  private Integer rank;

  @Option(
      names = "--head",
      paramLabel = "N",
      defaultValue = "1",
      description = "Whose head, labels and task are kept: 1 (default), 2, ... or average.")
  private String head;

  @Heading("Output")
  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "The new adapter's directory; must not exist.")
  private Path output;

  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  @Mixin private LoadOptions load;

  CombineCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!head.equals(AVERAGE) && !head.matches("\\d{1,4}")) {
      throw UserError.usage("--head must be a number or average, got '" + head + "'");
    }
    Integer index = head.equals(AVERAGE) ? null : Integer.parseInt(head) - 1;
    CombineRun.Result result =
        CombineRun.combine(
            new CombineRun.Request(runs, weights, rank, index, output, load.model),
            load.environment(console));
    console.answer(json, result, line(result));
    return 0;
  }

  private static String line(CombineRun.Result result) {
    String what =
        String.format(
            Locale.ROOT,
            "%s: lora of rank %d on %d matrices, for %s; differs from the exact sum by at most %.3g",
            result.output(),
            result.rank(),
            result.matrices(),
            result.task(),
            result.largestDifference());
    return result.relativeError() == null
        ? what
        : what + String.format(Locale.ROOT, ", %.3g of it lost by norm", result.relativeError());
  }
}
