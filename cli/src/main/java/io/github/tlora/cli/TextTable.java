package io.github.tlora.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Rows of cells, in columns as wide as they need, two spaces apart. */
final class TextTable {
  private TextTable() {}

  /**
   * The rows as lines.
   *
   * @param left the columns, from 0, whose cells stand to the left; numbers stand to the right
   */
  static String of(List<List<String>> rows, Set<Integer> left) {
    List<Integer> widths = new ArrayList<>(Collections.nCopies(rows.get(0).size(), 0));
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths.set(i, Math.max(widths.get(i), row.get(i).length()));
      }
    }
    return rows.stream()
        .map(row -> line(row, widths, left))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  /**
   * As {@link #of}, without as many of the last columns as do not fit.
   *
   * @param rows the first of which names the columns
   * @param width of the terminal
   */
  static String fitting(List<List<String>> rows, Set<Integer> left, int width) {
    int columns = rows.get(0).size();
    while (true) {
      int kept = columns;
      String table = of(rows.stream().map(row -> row.subList(0, kept)).toList(), left);
      boolean fits = table.lines().allMatch(line -> line.length() <= width);
      if (kept == rows.get(0).size() && fits) {
        return table;
      } else if (fits || kept == 1) {
        List<String> dropped = rows.get(0).subList(kept, rows.get(0).size());
        return table
            + System.lineSeparator()
            + "(too narrow for "
            + String.join(", ", dropped)
            + "; --json has all)";
      }
      columns--;
    }
  }

  private static String line(List<String> row, List<Integer> widths, Set<Integer> left) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      String pad = " ".repeat(widths.get(i) - row.get(i).length());
      line.append(i == 0 ? "" : "  ")
          .append(left.contains(i) ? row.get(i) + pad : pad + row.get(i));
    }
    return line.toString().stripTrailing();
  }
}
