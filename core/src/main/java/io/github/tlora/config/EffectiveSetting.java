package io.github.tlora.config;

import io.github.tlora.Key;
import io.github.tlora.adapter.Method;
import io.github.tlora.config.ConfigNode.Mapping;
import io.github.tlora.config.ConfigNode.Sequence;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;

/**
 * A key of a configuration, the value in effect and where that comes from.
 *
 * @param key its dotted path
 * @param value a text, number, truth value, list or map; null where nothing is set
 * @param origin {@code FILE:LINE}, a flag as it was typed, or {@code default}, with a word on who
 *     decides where that is not one value
 */
public record EffectiveSetting(String key, Object value, String origin) {

  /** Every key of {@code config}, in the records' order. */
  static List<EffectiveSetting> of(RunConfig config, Mapping given) {
    List<EffectiveSetting> all = new ArrayList<>();
    addGroup("", config, given, all);
    return all;
  }

  private static void addGroup(
      String path, Record settings, ConfigNode given, List<EffectiveSetting> all) {
    if (settings instanceof Method method) {
      ConfigNode named = child(given, Binder.METHOD);
      String name = Spelling.join(path, Binder.METHOD);
      all.add(new EffectiveSetting(name, method.methodName(), origin(named, "")));
    }
    for (RecordComponent component : settings.getClass().getRecordComponents()) {
      String key = Spelling.key(component.getName());
      add(Spelling.join(path, key), component, settings, child(given, key), all);
    }
  }

  private static void add(
      String path,
      RecordComponent component,
      Record settings,
      ConfigNode given,
      List<EffectiveSetting> all) {
    Object value = ConfigWriter.read(component, settings);
    if (Binder.isGroup(component.getType())) {
      addGroup(path, (Record) value, given, all);
    } else if (value instanceof List<?> parts
        && !parts.isEmpty()
        && parts.get(0) instanceof Method) {
      for (int i = 0; i < parts.size(); i++) {
        ConfigNode part = given instanceof Sequence list ? list.items().get(i) : null;
        addGroup(Spelling.join(path, i), (Record) parts.get(i), part, all);
      }
    } else {
      Key said = component.getAnnotation(Key.class);
      String origin = origin(given, said == null ? "" : said.unset());
      all.add(new EffectiveSetting(path, ConfigWriter.plain(value), origin));
    }
  }

  private static ConfigNode child(ConfigNode group, String key) {
    return group instanceof Mapping settings ? settings.get(key) : null;
  }

  private static String origin(ConfigNode given, String unset) {
    if (given != null && !given.isNull()) {
      return given.origin().toString();
    }
    return unset.isEmpty() ? "default" : "default: " + unset;
  }
}
