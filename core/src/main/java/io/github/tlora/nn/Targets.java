package io.github.tlora.nn;

import io.github.tlora.Setting;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

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

  /**
   * The value that {@code patterns} has for {@code site}: of the first key that means it.
   *
   * @param patterns by the names of targets, or regular expressions that fit the end of a path
   *     after a dot, as PEFT's {@code rank_pattern} has them
   */
  public static <V> Optional<V> find(Map<String, V> patterns, Site site) {
    return patterns.entrySet().stream()
        .filter(entry -> means(entry.getKey(), site))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** Whether {@code pattern}, a target's name or a regular expression, means {@code site}. */
  static boolean means(String pattern, Site site) {
    return matches(pattern, site) || site.path().matches("(?:.*\\.)?(?:" + pattern + ")");
  }

  /** The setting {@code name}, checked: every key is a name or a regular expression. */
  public static <V> Map<String, V> patterns(String name, Map<String, V> patterns) {
    if (patterns == null) {
      return Map.of();
    }
    for (String key : patterns.keySet()) {
      try {
        Pattern.compile(Setting.notBlank(name, key));
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            name + " must have names of matrices or regular expressions as keys, got " + key, e);
      }
    }
    return Collections.unmodifiableMap(new LinkedHashMap<>(patterns)); // the first match counts
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
