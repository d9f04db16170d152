package io.github.tlora.data;

/**
 * One row.
 *
 * @param text the text, or the first of two
 * @param pair the second text, or null
 * @param label the class, from 0; -1 where it is not known
 */
public record Example(String text, String pair, int label) {
  /** Characters of the row. */
  public int characters() {
    return text.length() + (pair == null ? 0 : pair.length());
  }

  /** A text to be classified. */
  public static Example of(String text) {
    return new Example(text, null, -1);
  }
}
