package io.github.tlora.data;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where a task's texts and label stand in a table.
 *
 * @param hasHeader whether the first line names the columns; without one a column is its number,
 *     from 0
 * @param text the first text's column
 * @param pair the second text's column, or null
 * @param label the label's column
 * @param values the label column's values by class; none where it holds a number
 * @param unknown the number that stands where a label is withheld, or null
 */
public record TableLayout(
    boolean hasHeader,
    String text,
    String pair,
    String label,
    List<String> values,
    String unknown) {

  public TableLayout {
    values = List.copyOf(values);
  }

  /** A table with a header and a label in each row. */
  public TableLayout(String text, String pair, String label, List<String> values) {
    this(true, text, pair, label, values, null);
  }

  static TableLayout single(String text, String label, String... values) {
    return new TableLayout(text, null, label, List.of(values));
  }

  static TableLayout pair(String text, String pair, String label, String... values) {
    return new TableLayout(text, pair, label, List.of(values));
  }

  /** The layout that nyu-mll/glue has on the Hugging Face hub: classes are numbers, -1 is none. */
  static TableLayout hub(String text, String pair, int classes) {
    List<String> numbers = IntStream.range(0, classes).mapToObj(Integer::toString).toList();
    return new TableLayout(true, text, pair, "label", numbers, "-1");
  }

  /** The same columns with other values of the label. */
  TableLayout with(List<String> otherValues) {
    return new TableLayout(hasHeader, text, pair, label, otherValues, unknown);
  }

  /** The columns that every row must have. */
  List<String> columns(boolean withLabel) {
    List<String> columns = new ArrayList<>(List.of(text));
    if (pair != null) {
      columns.add(pair);
    }
    if (withLabel) {
      columns.add(label);
    }
    return columns;
  }
}
