package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.run.RunsComparison;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora runs compare}. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    versionProvider = Main.VersionLine.class,
    header = "Show where runs differ in their settings, beside what they came to.",
    description = "Differences of what they came to are those to the first run.",
    footer = {
      "",
      "Examples:",
      "  tlora runs compare runs/tlora runs/lora",
      "  tlora runs compare runs/rank-* --json"
    })
final class RunsCompareCommand implements Callable<Integer> {
  private static final String NONE = "-";

  private final Console console;

  @Parameters(paramLabel = "RUN", arity = "0..*", description = "Two run directories or more.")
  private List<Path> runs = new ArrayList<>();

  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  RunsCompareCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (runs.size() < 2) {
      throw UserError.usage("runs compare: give two run directories or more");
    }
    RunsComparison comparison = RunsComparison.of(runs);
    if (!comparison.sameRows()) {
      console.warn("the runs were scored on different rows: their scores cannot be compared");
    }
    console.answer(json, comparison, text(comparison));
    return 0;
  }

  private static String text(RunsComparison comparison) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(row("", comparison.runs()));
    for (RunsComparison.Setting setting : comparison.settings()) {
      List<String> values = new ArrayList<>();
      setting.values().forEach(value -> values.add(value == null ? NONE : value.toString()));
      rows.add(row(setting.key(), values));
    }
    if (comparison.settings().isEmpty()) {
      rows.add(row("settings", comparison.runs().stream().map(run -> "the same").toList()));
    }
    rows.add(row("", comparison.runs().stream().map(run -> "").toList()));
    for (RunsComparison.Outcome outcome : comparison.outcomes()) {
      List<String> values = new ArrayList<>();
      for (int i = 0; i < outcome.values().size(); i++) {
        values.add(value(outcome, i));
      }
      rows.add(row(outcome.item(), values));
    }
    return TextTable.of(rows, Set.of(0));
  }

  private static List<String> row(String name, List<String> values) {
    List<String> row = new ArrayList<>(List.of(name));
    row.addAll(values);
    return row;
  }

  private static String value(RunsComparison.Outcome outcome, int run) {
    Double value = outcome.values().get(run);
    Double difference = outcome.differences().get(run);
    return value == null
        ? NONE
        : number(value, "")
            + (run == 0 || difference == null || difference == 0
                ? ""
                : " (" + number(difference, "+") + ")");
  }

  /** Counts whole, fractions with four digits, what is large with few. */
  private static String number(double value, String sign) {
    return value == Math.rint(value)
        ? (value > 0 ? sign : "") + Quantity.number((long) value)
        : String.format(Locale.ROOT, "%" + sign + (Math.abs(value) < 10 ? ".4f" : ".1f"), value);
  }
}
