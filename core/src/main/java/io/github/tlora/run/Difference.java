package io.github.tlora.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Something that is not in a repeated run what it was before.
 *
 * @param item what it is
 * @param before what it was
 * @param now what it is now
 */
public record Difference(String item, String before, String now) {
  private static final String ABSENT = "absent";

  /** What differs between two maps of items, in the items' order. */
  static List<Difference> between(Map<String, String> before, Map<String, String> now) {
    TreeSet<String> items = new TreeSet<>(before.keySet());
    items.addAll(now.keySet());
    List<Difference> differences = new ArrayList<>();
    for (String item : items) {
      String was = before.getOrDefault(item, ABSENT);
      String is = now.getOrDefault(item, ABSENT);
      if (!was.equals(is)) {
        differences.add(new Difference(item, was, is));
      }
    }
    return differences;
  }
}
