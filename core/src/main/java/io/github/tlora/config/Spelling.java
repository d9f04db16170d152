package io.github.tlora.config;

import io.github.tlora.Setting;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How Java's names and values are spelled in configurations and in messages about them. */
final class Spelling {
  /** Longest value that a message repeats. */
  private static final int SHOWN = 60;

  private Spelling() {}

  /** The key of a record component: {@code learningRate} is {@code learning_rate}. */
  static String key(String component) {
    return component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  /** The name of an enum constant: {@code BY_NAME} is {@code by-name}. */
  static String name(Object constant) {
    return Setting.word((Enum<?>) constant);
  }

  /** The names of an enum type, in its order. */
  static List<String> names(Class<?> type) {
    return Arrays.stream(type.getEnumConstants()).map(Spelling::name).toList();
  }

  /** The keys of a record type, in its order. */
  static List<String> keys(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(component -> key(component.getName()))
        .toList();
  }

  /** The dotted path of a key inside the setting at {@code path}; {@code ""} is the root. */
  static String join(String path, Object key) {
    return path.isEmpty() ? key.toString() : path + "." + key;
  }

  /** A text in quotes, on one line, cut if it is long. */
  static String quoted(String text) {
    String line = text.replaceAll("\\R", " ");
    return '"' + (line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line) + '"';
  }
}
