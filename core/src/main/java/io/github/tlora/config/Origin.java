package io.github.tlora.config;

/**
 * Where a setting was given.
 *
 * @param place a file, or a flag as the user typed it
 * @param line the line in the file, from 1; 0 for a flag or a file as a whole
 */
record Origin(String place, int line) {

  /** A flag, or a file as a whole. */
  static Origin of(String place) {
    return new Origin(place, 0);
  }

  boolean isLine() {
    return line > 0;
  }

  @Override
  public String toString() {
    return isLine() ? place + ":" + line : place;
  }
}
