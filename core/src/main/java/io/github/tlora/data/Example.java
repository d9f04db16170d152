package io.github.tlora.data;

/**
 * One row.
 *
 * @param text the text, or the first of two
 * @param pair the second text, or null
 * @param label the class, from 0; -1 where it is not known, and in a regression
 * @param value the number of a regression; NaN where it is not known, and where there are classes
 */
public record Example(String text, String pair, int label, float value) {
  /** A row of a class. */
  public Example(String text, String pair, int label) {
    this(text, pair, label, Float.NaN);
  }

  /** A row of a number. */
  public static Example ofValue(String text, String pair, float value) {
    return new Example(text, pair, -1, value);
  }

  /** Characters of the row. */
  public int characters() {
    return text.length() + (pair == null ? 0 : pair.length());
  }

  /** A text to be classified. */
  public static Example of(String text) {
    return new Example(text, null, -1);
  }
}
