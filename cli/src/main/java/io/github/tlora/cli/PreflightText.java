package io.github.tlora.cli;

import io.github.tlora.run.Preflight;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** What {@code tlora train --dry-run} says to people. */
final class PreflightText {
  /** Tokens of a sample that are shown. */
  private static final int SHOWN = 24;

  private PreflightText() {}

  /**
   * Checks, plan and samples.
   *
   * @param signs whether there are signs such as a check mark
   */
  static String of(Preflight.Report report, boolean signs) {
    List<String> lines = new ArrayList<>();
    for (Preflight.Check check : report.checks()) {
      String start =
          String.format(
              Locale.ROOT, "%2d %s %-13s  ", check.number(), mark(check.ok(), signs), check.name());
      lines.add(start + check.found());
      if (check.fix() != null) {
        lines.add(" ".repeat(start.length()) + check.fix());
      }
    }
    if (report.plan() != null) {
      lines.add("");
      lines.add(Panel.of(report.plan()));
    }
    for (Preflight.Sample sample : report.samples()) {
      lines.add("");
      lines.add(row(String.valueOf(sample.label()), sample.text()));
      if (sample.pair() != null) {
        lines.add(row("", sample.pair()));
      }
      lines.add(row("tokens", shown(sample.tokens())));
      lines.add(row("ids", shown(LongStream.of(sample.ids()).mapToObj(Long::toString).toList())));
    }
    return String.join(System.lineSeparator(), lines);
  }

  private static String mark(Boolean ok, boolean signs) {
    return ok == null ? (signs ? "-" : "--") : ok ? (signs ? "✓" : "ok") : (signs ? "✗" : "!!");
  }

  private static String shown(List<String> words) {
    String first = words.stream().limit(SHOWN).collect(Collectors.joining(" "));
    int more = words.size() - SHOWN;
    return more <= 0 ? first : first + " ... and " + more + " more";
  }

  private static String row(String name, String value) {
    return String.format(Locale.ROOT, "%-11s %s", name, value);
  }
}
