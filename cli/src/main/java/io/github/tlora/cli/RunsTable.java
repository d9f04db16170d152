package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.run.RunSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Runs as text, one a line. */
final class RunsTable {
  private static final String NONE = "-";
  private static final Set<Integer> LEFT = Set.of(0, 1, 2, 3, 5, 6, 8);

  private RunsTable() {}

  /** One line a run, after a line of headings, as far as {@code width} goes. */
  static String of(List<RunSummary> runs, int width) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "run", "task", "method", "best", "epochs/steps", "status", "started", "time", "model"));
    runs.forEach(run -> rows.add(row(run)));
    String table = TextTable.fitting(rows, LEFT, width);
    return runs.stream().anyMatch(RunSummary::sample)
        ? table + System.lineSeparator() + "sample: rows written for tlora, no GLUE scores"
        : table;
  }

  private static List<String> row(RunSummary run) {
    return List.of(
        run.run(),
        run.task() + (run.sample() ? " (sample)" : ""),
        (run.method() + " " + run.size()).strip(),
        run.best() == null ? NONE : Panel.scores(run.best().metrics()),
        epochs(run.epochs()) + "/" + Quantity.number(run.steps()),
        run.status(),
        run.started().replaceFirst("T(\\d\\d:\\d\\d).*", " $1"),
        run.seconds() == null ? NONE : Quantity.duration(run.seconds()),
        run.model());
  }

  private static String epochs(double done) {
    boolean isWhole = done == Math.rint(done);
    return String.format(Locale.ROOT, isWhole ? "%.0f" : "%.1f", done);
  }
}
