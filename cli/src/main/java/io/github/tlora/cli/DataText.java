package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.data.TokenLengths;
import io.github.tlora.run.DataCheckRun;
import io.github.tlora.run.DataRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** What {@code tlora data} says to people. */
final class DataText {
  private static final int WIDEST = 100;

  private final List<String> lines = new ArrayList<>();

  private DataText() {}

  static String of(DataRun.Report report) {
    DataText text = new DataText();
    text.line("task", report.task() + (report.pair() ? ", pairs of texts" : ", single texts"));
    text.line("data", report.data() + (report.sample() ? ", no score on it is a GLUE score" : ""));
    text.line("tokens", "of " + report.model() + ", cut after " + report.maxLength());
    report.splits().forEach(text::split);
    return text.toString();
  }

  static String of(DataCheckRun.Result checked) {
    DataText text = new DataText();
    checked.splits().forEach(text::checked);
    return text.toString();
  }

  private void line(String name, String what) {
    lines.add(String.format(Locale.ROOT, "%-9s %s", name, what).stripTrailing());
  }

  private void split(String name, DataRun.Split split) {
    lines.add("");
    line(name, split.file() + ", " + rows(split.rows(), split.skipped()));
    if (!split.columns().isEmpty()) {
      line("columns", String.join(", ", split.columns()));
    }
    line("labels", labels(split));
    line("lengths", lengths(split.tokens()));
    line("doubles", doubles(split));
    for (DataRun.Sample sample : split.samples()) {
      line(
          "row",
          (sample.label() == null ? "" : sample.label() + ": ")
              + shortened(sample.text())
              + (sample.pair() == null ? "" : " | " + shortened(sample.pair())));
    }
  }

  private static String rows(int rows, int skipped) {
    return Quantity.number(rows)
        + (rows == 1 ? " row" : " rows")
        + (skipped == 0 ? "" : ", and " + skipped + " short ones left out");
  }

  private static String labels(DataRun.Split split) {
    StringJoiner labels = new StringJoiner(", ");
    if (split.values() != null) {
      DataRun.Values values = split.values();
      labels.add(
          String.format(
              Locale.ROOT,
              "numbers from %.4g to %.4g, mean %.4g",
              values.least(),
              values.most(),
              values.mean()));
    }
    int rows = split.rows();
    for (Map.Entry<String, Integer> label : split.labels().entrySet()) {
      if (split.unlabelled() < rows) {
        labels.add(label.getKey() + " " + share(label.getValue(), rows));
      }
    }
    if (split.unlabelled() > 0) {
      labels.add("none " + share(split.unlabelled(), rows));
    }
    return labels.toString();
  }

  private static String share(int part, int whole) {
    return String.format(
        Locale.ROOT, "%s (%.1f %%)", Quantity.number(part), 100.0 * part / Math.max(whole, 1));
  }

  private static String lengths(TokenLengths tokens) {
    return String.format(
        Locale.ROOT,
        "%d to %d tokens, median %d, 95 %% up to %d, 99 %% up to %d; %s rows cut (%.2f %%)",
        tokens.least(),
        tokens.most(),
        tokens.median(),
        tokens.most95(),
        tokens.most99(),
        Quantity.number(tokens.cut()),
        100 * tokens.cutShare());
  }

  private static String doubles(DataRun.Split split) {
    StringJoiner doubles = new StringJoiner(", ");
    doubles.add(Quantity.number(split.duplicates()) + " within");
    split
        .shared()
        .forEach((other, rows) -> doubles.add(Quantity.number(rows) + " also in " + other));
    return doubles.toString();
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.length() <= WIDEST ? line : line.substring(0, WIDEST - 3) + "...";
  }

  private void checked(String name, DataCheckRun.Split split) {
    lines.addAll(split.faults());
    int more = split.faultCount() - split.faults().size();
    if (more > 0) {
      lines.add(name + ": and " + Quantity.number(more) + " more");
    }
    if (!split.file().isEmpty()) {
      line(
          name,
          split.file()
              + ", "
              + rows(split.rows(), split.skipped())
              + (split.faultCount() == 0
                  ? ", no fault"
                  : " that fit, " + Quantity.number(split.faultCount()) + " faults"));
    }
  }

  @Override
  public String toString() {
    return String.join(System.lineSeparator(), lines);
  }
}
