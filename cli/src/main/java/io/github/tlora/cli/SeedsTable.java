package io.github.tlora.cli;

import io.github.tlora.metric.Metric;
import io.github.tlora.run.SeedsRun;
import io.github.tlora.run.TrainResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the seeds came to, as text. */
final class SeedsTable {
  private SeedsTable() {}

  static String of(SeedsRun.Result result) {
    List<String> lines = new ArrayList<>();
    for (TrainResult run : result.runs()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "seed %-5d %s, step %d  %s",
              run.seed(),
              Panel.scores(run.best().metrics()),
              run.best().step(),
              run.run()));
    }
    lines.add(String.format("%-15s %7s %7s %7s %7s %7s", "", "median", "mean", "sd", "min", "max"));
    add(lines, "best", result.best());
    add(lines, "last", result.last());
    if (result.runs().get(0).data().sample()) {
      lines.add("on the bundled sample: no GLUE score");
    }
    return String.join(System.lineSeparator(), lines);
  }

  private static void add(
      List<String> lines, String which, Map<Metric, SeedsRun.Summary> summaries) {
    summaries.forEach(
        (metric, all) ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "%-15s %7.4f %7.4f %7.4f %7.4f %7.4f",
                    which + " " + metric.key(),
                    all.median(),
                    all.mean(),
                    all.sd(),
                    all.min(),
                    all.max())));
  }
}
