package io.github.tlora.data;

import io.github.tlora.UserError;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads GLUE's tab-separated files: no quotes, no escapes, one row a line. Strict: a row that does
 * not fit is an error with file and line.
 */
public final class Tsv {
  private final String file;
  private final TsvLayout layout;
  private int text;
  private int pair = -1;
  private int label;

  private Tsv(String file, TsvLayout layout) {
    this.file = file;
    this.layout = layout;
  }

  /**
   * The rows of {@code content}.
   *
   * @param file its name, for messages
   * @throws UserError exit 3 for a missing column, a short row, an unknown label, a number that is
   *     none, or no rows
   */
  public static List<Example> read(String file, String content, TsvLayout layout) {
    return new Tsv(file, layout).rows(content);
  }

  private List<Example> rows(String content) {
    String body = content.startsWith("\uFEFF") ? content.substring(1) : content;
    List<String> lines = body.lines().toList(); // \n, \r\n and \r end a line
    int first = 0;
    List<String> columns = List.of();
    if (layout.hasHeader()) {
      if (lines.isEmpty()) {
        throw UserError.file(file + ": is empty. It needs a header line and rows");
      }
      columns = Arrays.asList(lines.get(0).split("\t", -1));
      first = 1;
    }
    text = column(columns, layout.text());
    pair = layout.pair() == null ? -1 : column(columns, layout.pair());
    label = column(columns, layout.label());
    List<Example> rows = new ArrayList<>(lines.size());
    for (int i = first; i < lines.size(); i++) {
      if (!lines.get(i).isBlank() || lines.get(i).contains("\t")) {
        rows.add(row(lines.get(i), i + 1));
      }
    }
    if (rows.isEmpty()) {
      throw UserError.file(file + ": has no rows");
    }
    return rows;
  }

  private int column(List<String> columns, String name) {
    if (!layout.hasHeader()) {
      return Integer.parseInt(name);
    }
    int index = columns.indexOf(name);
    if (index < 0) {
      throw UserError.file(
          file + ":1: has no column '" + name + "'. Its columns: " + String.join(", ", columns));
    }
    return index;
  }

  private Example row(String line, int number) {
    String[] cells = line.split("\t", -1);
    int needed = Math.max(Math.max(text, pair), label) + 1;
    if (cells.length < needed) {
      throw UserError.file(
          file
              + ":"
              + number
              + ": has "
              + cells.length
              + " column"
              + (cells.length == 1 ? "" : "s")
              + ", but the task needs "
              + needed);
    }
    String second = pair < 0 ? null : cells[pair];
    if (layout.values().isEmpty()) {
      return Example.ofValue(cells[text], second, value(cells[label], number));
    }
    int known = layout.values().indexOf(cells[label].strip());
    if (known < 0) {
      throw UserError.file(
          file
              + ":"
              + number
              + ": label '"
              + cells[label]
              + "' is not one of the task's: "
              + String.join(", ", layout.values()));
    }
    return new Example(cells[text], second, known);
  }

  private float value(String cell, int number) {
    try {
      // Not Float.parseFloat, which also takes NaN, 1f and 0x1p3.
      float value = new BigDecimal(cell.strip()).floatValue();
      if (Float.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw UserError.file(
        file
            + ":"
            + number
            + ": "
            + layout.label()
            + " '"
            + cell
            + "' is not a finite number. Write it as in 3.25");
  }
}
