package io.github.tlora.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.Key;
import io.github.tlora.adapter.Method;
import io.github.tlora.data.Task;
import io.github.tlora.model.KnownModels;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.ModelSettings;
import io.github.tlora.train.ClassWeights;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The JSON Schema of a configuration file (draft 2020-12), made from the records, so that editors
 * complete keys and mark mistakes.
 *
 * <p>It takes what {@link Layers} takes. A file need not name the method whose settings it has, for
 * a file that it includes may; then the settings of every method are allowed.
 */
public final class ConfigSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** The definition that stands for the settings of whatever method is in effect. */
  private static final String ANY_METHOD = "any-method";

  private ConfigSchema() {}

  /** The schema. */
  public static ObjectNode document() {
    ObjectNode schema = JSON.objectNode();
    schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    schema.put("title", "Configuration of a training run of tlora");
    ObjectNode keys = JSON.objectNode();
    keys.set(ConfigFiles.INCLUDE, include());
    keys.setAll(properties(RunConfig.class));
    schema.setAll(group(keys));
    ObjectNode methods = schema.putObject("$defs");
    for (Class<?> type : Method.class.getPermittedSubclasses()) {
      methods.set(Method.nameOf(type), method(type));
    }
    methods.set(ANY_METHOD, anyMethod());
    return schema;
  }

  private static ObjectNode include() {
    ObjectNode schema = JSON.objectNode();
    schema.put("description", "Files to lay under this one, from its own directory on.");
    schema.set("anyOf", array(ofType("string"), list(ofType("string")), ofType("null")));
    return schema;
  }

  /** The keys of a group, each with its meaning, what it takes, and its default. */
  private static ObjectNode properties(Class<?> group) {
    ObjectNode properties = JSON.objectNode();
    for (SettingKey key : SettingKey.of(group)) {
      ObjectNode schema = properties.putObject(key.name());
      schema.put("description", key.meaning());
      schema.setAll(orNull(value(key.type(), key)));
      if (key.byDefault() != null) {
        schema.putPOJO("default", key.byDefault());
      }
    }
    return properties;
  }

  /** What a value of that type may be; null, which brings the default back, apart. */
  private static ObjectNode value(Type type, SettingKey key) {
    if (type instanceof ParameterizedType many) {
      Type[] arguments = many.getActualTypeArguments();
      ObjectNode items = value(arguments[arguments.length - 1], key);
      return many.getRawType() == List.class ? list(items) : byName(items);
    }
    Class<?> kind = (Class<?>) type;
    if (kind == ClassWeights.class) {
      return anyOf(list(value(Double.class, key)), byName(value(Double.class, key)));
    } else if (kind == Method.class) {
      ObjectNode schema = JSON.objectNode();
      Stream.concat(Method.names().stream(), Stream.of(ANY_METHOD))
          .map(name -> JSON.objectNode().put("$ref", "#/$defs/" + name))
          .forEach(schema.putArray("oneOf")::add);
      return schema;
    } else if (kind == ModelSettings.class) {
      return anyOf(oneOf(models()), ofType("string"), group(properties(kind)));
    } else if (Binder.isGroup(kind)) {
      return group(properties(kind));
    } else if (kind.isEnum()) {
      return oneOf(Spelling.names(kind));
    }
    return switch (key.path()) {
      case "RunConfig.task" -> anyOf(oneOf(Task.names()), ofType("string"));
      case "ModelSettings.name" -> anyOf(oneOf(models()), ofType("string"));
      default -> scalar(kind, key.said());
    };
  }

  private static List<String> models() {
    return Stream.concat(Stream.of(ModelFiles.BUNDLED), KnownModels.names().stream()).toList();
  }

  private static ObjectNode scalar(Class<?> kind, Key said) {
    ObjectNode schema =
        ofType(
            switch (kind.getSimpleName()) {
              case "Integer", "Long" -> "integer";
              case "Double" -> "number";
              case "Boolean" -> "boolean";
              default -> "string";
            });
    bound(schema, "minimum", said.min());
    bound(schema, "maximum", said.max());
    bound(schema, "exclusiveMinimum", said.above());
    bound(schema, "exclusiveMaximum", said.below());
    if (!said.pattern().isEmpty()) {
      schema.put("pattern", "^(" + said.pattern() + ")$");
    }
    return schema;
  }

  private static void bound(ObjectNode schema, String keyword, double bound) {
    if (!Double.isNaN(bound)) {
      schema.put(keyword, (long) bound); // all of them are whole numbers
    }
  }

  private static ObjectNode orNull(ObjectNode schema) {
    if (schema.has("type")) {
      schema.set("type", JSON.arrayNode().add(schema.get("type")).add("null"));
    } else if (schema.get("enum") instanceof ArrayNode names) {
      names.addNull();
    } else if (schema.get("anyOf") instanceof ArrayNode any) {
      any.add(ofType("null"));
    } else if (schema.get("oneOf") instanceof ArrayNode one) {
      one.add(ofType("null"));
    }
    return schema;
  }

  private static ObjectNode method(Class<?> type) {
    Method method = (Method) SettingKey.defaults(type);
    ObjectNode keys = JSON.objectNode();
    keys.putObject(Binder.METHOD).put("const", method.methodName());
    keys.setAll(properties(type));
    ObjectNode schema = JSON.objectNode();
    schema.put("title", method.methodName());
    schema.put("description", method.summary() + " (" + method.source() + ")");
    schema.setAll(group(keys));
    schema.putArray("required").add(Binder.METHOD);
    return schema;
  }

  /** Every key of every method; one that differs between them takes what any of them takes. */
  private static ObjectNode anyMethod() {
    Map<String, List<ObjectNode>> byKey = new LinkedHashMap<>();
    for (Class<?> type : Method.class.getPermittedSubclasses()) {
      for (Map.Entry<String, JsonNode> key : properties(type).properties()) {
        ObjectNode bare = (ObjectNode) key.getValue();
        bare.remove("default"); // which differs from method to method
        List<ObjectNode> known = byKey.computeIfAbsent(key.getKey(), k -> new ArrayList<>());
        if (!known.contains(bare)) {
          known.add(bare);
        }
      }
    }
    ObjectNode keys = JSON.objectNode();
    byKey.forEach(
        (key, schemas) ->
            keys.set(
                key,
                schemas.size() == 1 ? schemas.get(0) : anyOf(schemas.toArray(ObjectNode[]::new))));
    ObjectNode schema = JSON.objectNode();
    schema.put("title", "settings of the method that an included file names");
    schema.setAll(group(keys));
    return schema;
  }

  private static ObjectNode ofType(String type) {
    return JSON.objectNode().put("type", type);
  }

  private static ObjectNode list(ObjectNode items) {
    ObjectNode schema = ofType("array");
    schema.set("items", items);
    return schema;
  }

  private static ObjectNode byName(ObjectNode values) {
    ObjectNode schema = ofType("object");
    schema.set("additionalProperties", values);
    return schema;
  }

  private static ObjectNode group(ObjectNode properties) {
    ObjectNode schema = ofType("object");
    schema.set("properties", properties);
    return schema.put("additionalProperties", false);
  }

  private static ObjectNode oneOf(List<String> words) {
    ObjectNode schema = JSON.objectNode();
    words.forEach(schema.putArray("enum")::add);
    return schema;
  }

  private static ObjectNode anyOf(ObjectNode... schemas) {
    ObjectNode schema = JSON.objectNode();
    schema.set("anyOf", array(schemas));
    return schema;
  }

  private static ArrayNode array(ObjectNode... items) {
    return JSON.arrayNode().addAll(List.of(items));
  }
}
