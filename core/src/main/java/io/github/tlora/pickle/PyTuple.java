package io.github.tlora.pickle;

import java.util.ArrayList;
import java.util.List;

/** A Python tuple; like all values here equal only to itself, as nested ones may have no end. */
final class PyTuple {
  private final List<Object> items;

  PyTuple(List<Object> items) {
    this.items = new ArrayList<>(items);
  }

  int size() {
    return items.size();
  }

  /** The item at {@code index}, or null beyond the end, which also stands for None. */
  Object get(int index) {
    return index < items.size() ? items.get(index) : null;
  }
}
