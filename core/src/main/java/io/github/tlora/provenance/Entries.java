package io.github.tlora.provenance;

import com.oracle.labs.mlrg.olcut.provenance.ObjectProvenance;
import com.oracle.labs.mlrg.olcut.provenance.PrimitiveProvenance;
import com.oracle.labs.mlrg.olcut.provenance.Provenance;
import com.oracle.labs.mlrg.olcut.provenance.ProvenanceUtil.HashType;
import com.oracle.labs.mlrg.olcut.provenance.primitives.BooleanProvenance;
import com.oracle.labs.mlrg.olcut.provenance.primitives.DoubleProvenance;
import com.oracle.labs.mlrg.olcut.provenance.primitives.HashProvenance;
import com.oracle.labs.mlrg.olcut.provenance.primitives.LongProvenance;
import com.oracle.labs.mlrg.olcut.provenance.primitives.StringProvenance;
import com.oracle.labs.mlrg.olcut.util.Pair;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Plain values by name, as OLCUT's provenance has them, and back as text. */
final class Entries {
  private static final String SHA256 = "sha256";

  private Entries() {}

  /** {@code values} with groups joined by dots, each as the provenance of its kind. */
  static Map<String, Provenance> provenance(Map<String, ?> values) {
    Map<String, Provenance> entries = new LinkedHashMap<>();
    add(entries, "", values);
    return entries;
  }

  private static void add(Map<String, Provenance> entries, String group, Map<?, ?> values) {
    values.forEach(
        (name, value) -> {
          String key = group.isEmpty() ? name.toString() : group + "." + name;
          if (value instanceof Map<?, ?> inner) {
            add(entries, key, inner);
          } else if (value != null) {
            entries.put(key, primitive(key, value));
          }
        });
  }

  private static Provenance primitive(String key, Object value) {
    if (value instanceof Boolean flag) {
      return new BooleanProvenance(key, flag);
    } else if (value instanceof Double || value instanceof Float) {
      return new DoubleProvenance(key, ((Number) value).doubleValue());
    } else if (value instanceof Number number) {
      return new LongProvenance(key, number.longValue());
    } else if (value instanceof List<?> list) {
      return new StringProvenance(
          key, list.stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }
    return key.equals(SHA256) || key.endsWith("." + SHA256)
        ? new HashProvenance(HashType.SHA256, key, value.toString())
        : new StringProvenance(key, value.toString());
  }

  /** Adds each of {@code entries} as text, but those that are objects themselves. */
  static void addText(
      Map<String, String> text,
      String group,
      Iterable<? extends Pair<String, ? extends Provenance>> entries) {
    for (Pair<String, ? extends Provenance> entry : entries) {
      boolean isValue = !entry.getA().equals(ObjectProvenance.CLASS_NAME);
      if (isValue && entry.getB() instanceof PrimitiveProvenance<?> value) {
        text.put(group + entry.getA(), String.valueOf(value.getValue()));
      }
    }
  }

  /** Without the class's name, which is none of the values. */
  static Map<String, Provenance> values(Map<String, Provenance> entries) {
    Map<String, Provenance> values = new TreeMap<>(entries);
    values.remove(ObjectProvenance.CLASS_NAME);
    return values;
  }

  /** The values of an object, with its class's name. */
  static Iterator<Pair<String, Provenance>> iterator(
      String className, Map<String, Provenance> entries) {
    List<Pair<String, Provenance>> pairs = new ArrayList<>();
    pairs.add(
        new Pair<>(
            ObjectProvenance.CLASS_NAME,
            new StringProvenance(ObjectProvenance.CLASS_NAME, className)));
    entries.forEach((name, value) -> pairs.add(new Pair<>(name, value)));
    return pairs.iterator();
  }
}
