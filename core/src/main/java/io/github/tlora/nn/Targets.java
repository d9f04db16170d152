package io.github.tlora.nn;

import io.github.tlora.Setting;
import java.util.List;

/**
 * Names of the matrices that a method adapts.
 *
 * <p>A name is a part ({@code query}, {@code attention_output}) or a Hugging Face path suffix
 * ({@code in_proj}, {@code attention.output.dense}), matched as PEFT matches it: equal, or the end
 * of the path after a dot. On DeBERTa-v1 {@code query} and {@code value} mean its fused projection.
 */
public record Targets(List<String> names) {
  /** Query and value, as in both papers. */
  public static final List<String> DEFAULT = List.of("query", "value");

  public Targets {
    names = List.copyOf(names);
    if (names.isEmpty()) {
      throw new IllegalArgumentException("targets must name at least one matrix");
    }
    names.forEach(name -> Setting.notBlank("targets", name));
  }

  /** Whether the linear layer at {@code site} is meant. */
  public boolean match(Site site) {
    return names.stream().anyMatch(name -> matches(name, site));
  }

  /** Whether {@code name} alone means {@code site}. */
  public static boolean matches(String name, Site site) {
    boolean fused =
        site.part() == Part.QKV
            && (name.equals("query") || name.equals("key") || name.equals("value"));
    return fused
        || name.equals(site.part().label())
        || name.equals(site.path())
        || site.path().endsWith("." + name);
  }
}
