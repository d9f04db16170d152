package io.github.tlora.config;

import io.github.tlora.Key;
import io.github.tlora.adapter.Method;
import io.github.tlora.model.ModelSettings;
import io.github.tlora.train.ClassWeights;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The reference page of the configuration (docs/formats/config.md), made from the records. */
public final class ConfigPage {
  private static final String HEAD =
      """
      # Configuration

      Written by `tlora config docs` from the settings themselves; a test keeps it so. The reasons of the defaults: [defaults](../defaults.md).

      A configuration is a YAML or JSON file for `-c FILE`, `--set KEY=VALUE`, or a flag that is short for a key. All keys may be left out.
      Later layers win: defaults, what a file includes, the file, files after it, flags. Groups are merged key by key, lists are replaced, `null`
      brings the default back. Unknown keys and values that do not fit are errors, told all at once with file and line.
      `tlora config show` takes the options of `tlora train` and tells every value in effect and where it comes from.

      `include: FILE` or `include: [FILE, ...]` lays files under the one that has it; paths are from its own directory.

      Editors with a YAML language server complete keys and mark mistakes by the [schema](config.schema.json), which a file names in a comment:

      ```yaml
      # yaml-language-server: $schema=config.schema.json
      ```

      `tlora config schema` prints it. The files in `configs/` have that line; `tlora configs list` shows them.
      """;

  private ConfigPage() {}

  /** The page. */
  public static String markdown() {
    StringBuilder page = new StringBuilder(HEAD);
    groups(page, "", RunConfig.class);
    page.append(
        """

        ## `adapter`

        `adapter.method` names the method, `%s` by default; the other keys are those of the method. Naming another method in a later layer starts
        the adapter's settings afresh. Without `train.learning_rate` the method decides the rate.
        """
            .formatted(Binder.DEFAULT_METHOD));
    for (Class<?> type : Method.class.getPermittedSubclasses()) {
      Method method = (Method) SettingKey.defaults(type);
      String name = method.methodName();
      String rate =
          "[%s](../methods/%s.md); learning rate %s."
              .formatted(sentence(method.summary()), name, method.defaultLearningRate());
      page.append("\n### `").append(name).append("`\n\n").append(rate).append("\n");
      table(page, type);
    }
    return page.toString();
  }

  private static String sentence(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }

  /** The table of a group and of those in it, but for the methods'. */
  private static void groups(StringBuilder page, String path, Class<?> type) {
    String title = path.isEmpty() ? "The top level" : "`" + path + "`";
    page.append("\n## ").append(title).append("\n");
    if (type == ModelSettings.class) {
      page.append("\n`model: NAME` is short for `model.name`.\n");
    }
    table(page, type);
    for (SettingKey key : SettingKey.of(type)) {
      if (key.isGroup() && key.type() != Method.class) {
        groups(page, Spelling.join(path, key.name()), (Class<?>) key.type());
      }
    }
  }

  private static void table(StringBuilder page, Class<?> type) {
    List<SettingKey> keys = SettingKey.of(type);
    if (keys.isEmpty()) {
      return;
    }
    page.append("\n| key | values | default | meaning |\n|---|---|---|---|\n");
    for (SettingKey key : keys) {
      page.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(key.name(), values(key), byDefault(key), key.said().value()));
    }
  }

  private static String byDefault(SettingKey key) {
    if (key.byDefault() == null) {
      return key.isGroup() ? "" : key.said().unset();
    } else if (key.byDefault() instanceof List<?> list) {
      return list.stream()
          .map(
              item -> "`" + (item instanceof Map<?, ?> part ? part.get(Binder.METHOD) : item) + "`")
          .collect(Collectors.joining(", "));
    } else if (key.byDefault() instanceof Map<?, ?> map && map.isEmpty()) {
      return "none";
    }
    return "`" + key.byDefault() + "`";
  }

  private static String values(SettingKey key) {
    if (key.type() instanceof ParameterizedType many) {
      Type[] arguments = many.getActualTypeArguments();
      String items = one((Class<?>) arguments[arguments.length - 1], key.said());
      return many.getRawType() == List.class ? "list, each " + items : "by name, each " + items;
    }
    return one((Class<?>) key.type(), key.said());
  }

  private static String one(Class<?> type, Key said) {
    if (type == ClassWeights.class) {
      return "list in the order of classes, or by label, each " + one(Double.class, said);
    } else if (type == Method.class) {
      return "[a method](#adapter)";
    } else if (Binder.isGroup(type)) {
      return "a group";
    } else if (type.isEnum()) {
      return Spelling.names(type).stream().map("`%s`"::formatted).collect(Collectors.joining(", "));
    }
    return switch (type.getSimpleName()) {
      case "Boolean" -> "true or false";
      case "Integer", "Long" -> "a whole number" + bounds(said);
      case "Double" -> "a number" + bounds(said);
      default -> "a text";
    };
  }

  private static String bounds(Key said) {
    String least = bound(" of at least ", said.min()) + bound(" above ", said.above());
    String and = least.isEmpty() ? "" : " and";
    return least + bound(and + " at most ", said.max()) + bound(and + " below ", said.below());
  }

  private static String bound(String words, double bound) {
    return Double.isNaN(bound) ? "" : words + (long) bound;
  }
}
