package io.github.tlora.config;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A value of a configuration, not yet bound to a setting, and where it was given. */
sealed interface ConfigNode {

  Origin origin();

  /** How an error message shows the value. */
  String shown();

  default boolean isNull() {
    return false;
  }

  /**
   * A single value.
   *
   * @param value what the syntax makes of it: String, Long, BigInteger, Double, Boolean or null
   * @param text what was written, without quotes
   */
  record Scalar(Origin origin, Object value, String text) implements ConfigNode {

    @Override
    public boolean isNull() {
      return value == null;
    }

    @Override
    public String shown() {
      return value instanceof String ? Spelling.quoted(text) : isNull() ? "null" : text;
    }

    /** The value as a setting of a type; null if it is none. */
    Object as(Class<?> type) {
      if (type == String.class) {
        return text; // `task: 2024` means the text
      } else if (type == Double.class) {
        return value instanceof Number number ? number.doubleValue() : null;
      } else if (type == Integer.class) {
        return value instanceof Long whole && whole == whole.intValue() ? whole.intValue() : null;
      }
      return type.isInstance(value) ? value : null;
    }

    /** Whether it is a whole number, of whatever size. */
    boolean isWhole() {
      return value instanceof Long || value instanceof BigInteger;
    }
  }

  /** A list. */
  record Sequence(Origin origin, List<ConfigNode> items) implements ConfigNode {
    @Override
    public String shown() {
      return "a list";
    }
  }

  /** Settings by key, in the order given. A setting's origin is that of its key. */
  record Mapping(Origin origin, Map<String, ConfigNode> entries) implements ConfigNode {

    static Mapping empty(Origin origin) {
      return new Mapping(origin, Map.of());
    }

    @Override
    public String shown() {
      return "a group of settings";
    }

    /** The setting of that key, or null. */
    ConfigNode get(String key) {
      return entries.get(key);
    }

    Mapping without(String key) {
      Map<String, ConfigNode> rest = new LinkedHashMap<>(entries);
      rest.remove(key);
      return new Mapping(origin, rest);
    }

    /** These settings and those of {@code upper}, which win key by key. */
    Mapping under(Mapping upper) {
      Map<String, ConfigNode> merged = new LinkedHashMap<>(entries);
      upper.entries.forEach((key, value) -> merged.merge(key, value, Mapping::merge));
      return new Mapping(upper.origin, merged);
    }

    private static ConfigNode merge(ConfigNode lower, ConfigNode upper) {
      return lower instanceof Mapping base && upper instanceof Mapping change
          ? base.under(change)
          : upper;
    }
  }
}
