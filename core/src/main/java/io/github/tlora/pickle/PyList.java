package io.github.tlora.pickle;

import java.util.ArrayList;
import java.util.List;

/** A Python list; equal only to itself. */
final class PyList {
  private final List<Object> items = new ArrayList<>(0);

  void addAll(List<Object> more) {
    items.addAll(more);
  }

  List<Object> items() {
    return items;
  }
}
