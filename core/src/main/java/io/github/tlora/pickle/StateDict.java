package io.github.tlora.pickle;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the weights in what was saved: itself a dictionary of tensors, or one that holds it. */
final class StateDict {
  private StateDict() {}

  /** The tensors by name, in the file's order; what is no tensor is left out. */
  static Map<String, StoredTensor> in(Object saved) {
    if (saved instanceof StoredTensor) {
      throw PickleFault.unsupported("it holds one tensor without a name, not a state dict");
    }
    if (!(saved instanceof PyDict outer)) {
      throw PickleFault.damaged("it holds no state dict");
    }
    List<String> places = new ArrayList<>();
    Map<String, StoredTensor> found = tensors(outer);
    if (!found.isEmpty()) {
      places.add("the dictionary itself");
    }
    for (Map.Entry<Object, Object> item : outer.items().entrySet()) {
      if (item.getValue() instanceof PyDict inner && item.getKey() instanceof String name) {
        Map<String, StoredTensor> tensors = tensors(inner);
        if (!tensors.isEmpty()) {
          places.add(PickleFault.quoted(name));
          found = tensors;
        }
      }
    }
    if (places.size() > 1) {
      throw PickleFault.unsupported(
          "it holds more than one dictionary of tensors: "
              + String.join(", ", places.subList(0, Math.min(4, places.size()))));
    }
    if (places.isEmpty()) {
      throw PickleFault.unsupported("it holds no dictionary of tensors");
    }
    return found;
  }

  private static Map<String, StoredTensor> tensors(PyDict dictionary) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    dictionary
        .items()
        .forEach(
            (key, value) -> {
              if (key instanceof String name && value instanceof StoredTensor tensor) {
                tensors.put(name, tensor);
              }
            });
    return tensors;
  }
}
