package io.github.tlora.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.github.tlora.adapter.Method;
import io.github.tlora.train.ClassWeights;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes a configuration as {@link Layers} reads it: complete, in the records' order. */
public final class ConfigWriter {
  private static final YAMLMapper YAML =
      new YAMLMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
              .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
              .build());

  private ConfigWriter() {}

  /** The configuration as a YAML text that resolves to the same configuration. */
  public static String toYaml(RunConfig config) {
    return yaml(config);
  }

  static String yaml(Record settings) {
    try {
      return YAML.writeValueAsString(map(settings));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a map of plain values is always YAML", e);
    }
  }

  /** A text as a value of a YAML line, in quotes where it needs them. */
  static String scalar(String text) {
    try {
      return YAML.writeValueAsString(text).strip();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a text is always YAML", e);
    }
  }

  /** The configuration as maps, lists, texts, numbers and truth values, for JSON. */
  public static Map<String, Object> toMap(RunConfig config) {
    return map(config);
  }

  /**
   * Every setting by its dotted key, such as {@code adapter.rank}; those that are not set are
   * absent.
   */
  public static Map<String, Object> toFlatMap(RunConfig config) {
    Map<String, Object> flat = new LinkedHashMap<>();
    flatten("", map(config), flat);
    return flat;
  }

  private static void flatten(String prefix, Map<?, ?> group, Map<String, Object> flat) {
    group.forEach(
        (key, value) -> {
          if (value instanceof Map<?, ?> inner) {
            flatten(prefix + key + ".", inner, flat);
          } else {
            flat.put(prefix + key, value);
          }
        });
  }

  /** A method's settings by their keys, {@code method} first. */
  public static Map<String, Object> toMap(Method method) {
    return map((Record) method);
  }

  private static Map<String, Object> map(Record settings) {
    Map<String, Object> map = new LinkedHashMap<>();
    if (settings instanceof Method method) {
      map.put(Binder.METHOD, method.methodName());
    }
    for (RecordComponent component : settings.getClass().getRecordComponents()) {
      Object value = read(component, settings);
      Object plain = value == null ? null : plain(value);
      if (plain != null && !(value instanceof Record && Map.of().equals(plain))) {
        map.put(Spelling.key(component.getName()), plain);
      }
    }
    return map;
  }

  static Object plain(Object value) {
    if (value instanceof ClassWeights weights) {
      return weights.inOrder() != null ? weights.inOrder() : weights.byLabel();
    } else if (value instanceof Record settings) {
      return map(settings);
    } else if (value instanceof List<?> list) {
      return list.stream().map(ConfigWriter::plain).toList();
    }
    return value instanceof Enum<?> ? Spelling.name(value) : value;
  }

  static Object read(RecordComponent component, Record settings) {
    try {
      return component.getAccessor().invoke(settings);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }
}
