package io.github.tlora.config;

import io.github.tlora.adapter.Method;
import io.github.tlora.config.ConfigNode.Mapping;
import io.github.tlora.config.ConfigNode.Scalar;
import io.github.tlora.config.ConfigNode.Sequence;
import io.github.tlora.train.ClassWeights;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Turns settings into records: nested records, lists, maps, numbers, texts, truth values, enums,
 * and the one {@link Method} that {@code method} names. What does not fit is noted and left at its
 * default, so that the rest is checked too.
 */
final class Binder {
  /** The key that tells which method an adapter's settings belong to. */
  static final String METHOD = "method";

  static final String DEFAULT_METHOD = RunConfig.defaults().adapter().methodName();

  private final Class<? extends Record> root;
  private final Problems problems;

  Binder(Class<? extends Record> root, Problems problems) {
    this.root = root;
    this.problems = problems;
  }

  /** The root record; null only if a problem was found. */
  Object bind(Mapping settings) {
    return value(root, settings, "");
  }

  private Object value(Type type, ConfigNode node, String path) {
    if (node == null || node.isNull()) {
      return null;
    } else if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      return list(list.getActualTypeArguments()[0], node, path);
    } else if (type instanceof ParameterizedType map && map.getRawType() == Map.class) {
      return byName(map.getActualTypeArguments()[1], node, path);
    }
    Class<?> kind = (Class<?>) type;
    if (kind == ClassWeights.class) {
      return classWeights(node, path);
    }
    if (!isGroup(kind)) {
      return scalar(kind, node, path);
    }
    if (!(node instanceof Mapping settings)) {
      return refuse(node, path, expected(kind, node));
    }
    return kind == Method.class
        ? method(settings, path)
        : record(kind, settings, path, Spelling.keys(kind));
  }

  /** Whether a type's settings have keys of their own. */
  static boolean isGroup(Class<?> type) {
    return type == Method.class || (type.isRecord() && type != ClassWeights.class);
  }

  /** A list in the order of classes, or weights by label. */
  private Object classWeights(ConfigNode node, String path) {
    if (node instanceof Sequence) {
      List<?> weights = (List<?>) list(Double.class, node, path);
      return weights == null ? null : new ClassWeights(doubles(weights), null);
    } else if (!(node instanceof Mapping)) {
      return refuse(node, path, "a list of numbers, or a group of label: number");
    }
    Map<String, Double> byLabel = new LinkedHashMap<>();
    if (byName(Double.class, node, path) instanceof Map<?, ?> weights) {
      weights.forEach((label, weight) -> byLabel.put((String) label, (Double) weight));
      return new ClassWeights(null, byLabel);
    }
    return null;
  }

  private static List<Double> doubles(List<?> numbers) {
    return numbers.stream().map(Double.class::cast).toList();
  }

  private Object method(Mapping settings, String path) {
    ConfigNode named = settings.get(METHOD);
    String name = DEFAULT_METHOD;
    if (named instanceof Scalar scalar && !scalar.isNull()) {
      name = scalar.text();
    } else if (named != null && !named.isNull()) {
      return refuse(named, Spelling.join(path, METHOD), expected(String.class, named));
    }
    for (Class<?> type : Method.class.getPermittedSubclasses()) {
      if (Method.nameOf(type).equals(name)) {
        return record(type, settings, path, with(METHOD, Spelling.keys(type)));
      }
    }
    problems.add(named.origin(), UnknownName.method(name, Method.names()));
    return null;
  }

  private Object record(Class<?> type, Mapping settings, String path, List<String> known) {
    settings.entries().forEach((key, node) -> checkKnown(key, node.origin(), path, known));
    Object[] values =
        Arrays.stream(type.getRecordComponents())
            .map(component -> component(component, settings, path))
            .toArray();
    return build(type, values, settings, path);
  }

  private Object component(RecordComponent component, Mapping settings, String path) {
    String key = Spelling.key(component.getName());
    return value(component.getGenericType(), settings.get(key), Spelling.join(path, key));
  }

  /** Builds a record; a value that it refuses is noted and left out, to come to the next one. */
  private Object build(Class<?> type, Object[] values, Mapping settings, String path) {
    List<String> keys = Spelling.keys(type);
    Constructor<?> constructor = constructor(type);
    while (true) {
      try {
        return constructor.newInstance(values);
      } catch (InvocationTargetException e) {
        if (!(e.getCause() instanceof IllegalArgumentException refusal)) {
          throw new IllegalStateException("cannot build " + type.getSimpleName(), e.getCause());
        }
        // By the records' convention the message begins with the setting's key; see Setting.
        int at = keys.indexOf(refusal.getMessage().split(" ", 2)[0]);
        ConfigNode node = at < 0 ? null : settings.get(keys.get(at));
        if (node == null || node.isNull()) {
          String where = path.isEmpty() ? "" : path + ": ";
          problems.add(settings.origin(), where + refusal.getMessage());
          return null;
        } else if (values[at] == null) {
          return null; // what was given has been told already, and the record needs one
        }
        problems.add(node.origin(), Spelling.join(path, refusal.getMessage()));
        values[at] = null;
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot build " + type.getSimpleName(), e);
      }
    }
  }

  static Constructor<?> constructor(Class<?> type) {
    try {
      return type.getDeclaredConstructor(
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new));
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(type + " is no record", e);
    }
  }

  private Object list(Type itemType, ConfigNode node, String path) {
    if (!(node instanceof Sequence list)) {
      return refuse(node, path, "a list");
    }
    List<Object> values = new ArrayList<>();
    for (ConfigNode item : list.items()) {
      values.add(item(itemType, item, path, values.size()));
    }
    return values.contains(null) ? null : values;
  }

  /** Values of one type under keys that the user chooses. */
  private Object byName(Type valueType, ConfigNode node, String path) {
    if (!(node instanceof Mapping settings)) {
      return refuse(node, path, "a group of settings");
    }
    Map<String, Object> values = new LinkedHashMap<>();
    settings.entries().forEach((key, item) -> values.put(key, item(valueType, item, path, key)));
    return values.containsValue(null) ? null : values;
  }

  private Object item(Type type, ConfigNode item, String path, Object key) {
    String itemPath = Spelling.join(path, key);
    return item.isNull()
        ? refuse(item, itemPath, expected((Class<?>) type, item))
        : value(type, item, itemPath);
  }

  private Object scalar(Class<?> type, ConfigNode node, String path) {
    Object value = null;
    if (node instanceof Scalar scalar) {
      value = type.isEnum() ? constant(type, scalar.text()) : scalar.as(type);
    }
    return value == null ? refuse(node, path, expected(type, node)) : value;
  }

  private static Object constant(Class<?> type, String name) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> Spelling.name(constant).equals(name))
        .findFirst()
        .orElse(null);
  }

  private Object refuse(ConfigNode node, String path, String expected) {
    problems.add(node.origin(), path + " must be " + expected + ", got " + node.shown());
    return null;
  }

  private static String expected(Class<?> type, ConfigNode node) {
    if (type.isEnum()) {
      return "one of (" + String.join(", ", Spelling.names(type)) + ")";
    }
    if (isGroup(type)) {
      return "a group of settings";
    }
    boolean tooLarge = node instanceof Scalar scalar && scalar.isWhole();
    return switch (type.getSimpleName()) {
      case "Integer" -> "a whole number" + (tooLarge ? " of at most " + Integer.MAX_VALUE : "");
      case "Long" -> "a whole number" + (tooLarge ? " of at most " + Long.MAX_VALUE : "");
      case "Double" -> "a number";
      case "Boolean" -> "true or false";
      case "String" -> "a text";
      default -> throw new IllegalStateException("no settings of type " + type);
    };
  }

  private void checkKnown(String key, Origin origin, String path, List<String> known) {
    if (!known.contains(key)) {
      // Files take their includes out of the root before it comes here.
      boolean mayInclude = path.isEmpty() && origin.isLine();
      List<String> keys = mayInclude ? with(ConfigFiles.INCLUDE, known) : known;
      problems.add(origin, UnknownName.key(path, key, keys, root));
    }
  }

  private static List<String> with(String first, List<String> others) {
    return Stream.concat(Stream.of(first), others.stream()).toList();
  }
}
