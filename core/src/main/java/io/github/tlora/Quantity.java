package io.github.tlora;

import java.util.Locale;

/** Numbers as people read them. */
public final class Quantity {
  private Quantity() {}

  /** Digits in groups of three. */
  public static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** {@code 1.4 GB}, in powers of 1000. */
  public static String bytes(long bytes) {
    if (bytes < 1_000_000) {
      return number(bytes) + " bytes";
    }
    return bytes < 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }

  /** {@code 4.2 kB}, in powers of 1000, as short as tables need it. */
  public static String size(long bytes) {
    return bytes < 1_000_000 ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3) : bytes(bytes);
  }

  /** {@code 42 s}, {@code 3 min 5 s}, {@code 2 h 10 min}. */
  public static String duration(double seconds) {
    long whole = Math.round(seconds);
    return whole < 60
        ? whole + " s"
        : whole < 3600
            ? whole / 60 + " min " + whole % 60 + " s"
            : whole / 3600 + " h " + whole % 3600 / 60 + " min";
  }
}
