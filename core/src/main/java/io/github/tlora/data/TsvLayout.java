package io.github.tlora.data;

import java.util.List;

/**
 * Where a task's texts and label stand in a tab-separated file.
 *
 * @param hasHeader whether the first line names the columns; without one a column is its number,
 *     from 0
 * @param text the first text's column
 * @param pair the second text's column, or null
 * @param label the label's column
 * @param values the label column's values by class; none where it holds a number
 */
public record TsvLayout(
    boolean hasHeader, String text, String pair, String label, List<String> values) {

  static TsvLayout single(String text, String label, String... values) {
    return new TsvLayout(true, text, null, label, List.of(values));
  }

  static TsvLayout pair(String text, String pair, String label, String... values) {
    return new TsvLayout(true, text, pair, label, List.of(values));
  }
}
