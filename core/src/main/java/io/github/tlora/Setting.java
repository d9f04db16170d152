package io.github.tlora;

import java.util.Locale;

/**
 * Checks of settings, used in the compact constructors of settings records, and their spelling.
 *
 * <p>A failed check throws {@link IllegalArgumentException} with the setting's YAML name, its bound
 * and the value that was given; whoever reads the settings adds where the value came from.
 */
public final class Setting {
  private Setting() {}

  public static int atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ", got " + value);
    }
    return value;
  }

  /** A finite number that is zero or more. */
  public static double notNegative(String name, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(name + " must be a number of at least 0, got " + value);
    }
    return value;
  }

  /** A finite number above zero. */
  public static double positive(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(name + " must be a number above 0, got " + value);
    }
    return value;
  }

  /** A probability of dropping: at least 0 and below 1. */
  public static double probability(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " must be at least 0 and below 1, got " + value);
    }
    return value;
  }

  /** A share of a whole: 0 to 1. */
  public static double share(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " must lie between 0 and 1, got " + value);
    }
    return value;
  }

  /** A text with something in it. */
  public static String notBlank(String name, String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(name + " must not be empty");
    }
    return value;
  }

  /** How a constant is written in configurations, files and messages: BY_NAME is by-name. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
