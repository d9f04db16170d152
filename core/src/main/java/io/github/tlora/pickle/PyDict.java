package io.github.tlora.pickle;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A Python dict or OrderedDict; equal only to itself. */
final class PyDict {
  private final Map<Object, Object> items = new LinkedHashMap<>(0);

  Map<Object, Object> items() {
    return items;
  }

  Object get(String key) {
    return items.get(key);
  }

  /** Adds keys and values that take turns. */
  void putAll(List<Object> keysAndValues) {
    if (keysAndValues.size() % 2 != 0) {
      throw PickleFault.damaged("a dictionary has a key without a value");
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      Object key = keysAndValues.get(i);
      if (key instanceof PyDict || key instanceof PyList) {
        throw PickleFault.damaged("a dictionary has a key that Python would not allow");
      }
      items.put(key, keysAndValues.get(i + 1));
    }
  }
}
