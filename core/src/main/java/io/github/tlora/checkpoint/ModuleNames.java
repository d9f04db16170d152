package io.github.tlora.checkpoint;

import io.github.tlora.nn.Site;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Names that mean certain linear layers and no others, as short as they can be.
 *
 * @param adapted the layers that are meant
 * @param others paths of the model's other modules that have a weight
 */
record ModuleNames(Collection<Site> adapted, Set<String> others) {

  /** Path suffixes, as {@code target_modules} has them: equal, or the end after a dot. */
  Set<String> suffixes() {
    return adapted.stream()
        .map(
            site ->
                List.of(lastName(site), site.pathInLayer()).stream()
                    .filter(suffix -> others.stream().noneMatch(path -> ends(path, suffix)))
                    .findFirst()
                    .orElse(site.path()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static boolean ends(String path, String suffix) {
    return path.equals(suffix) || path.endsWith("." + suffix);
  }

  /**
   * Regular expressions for the end of a path after a dot, as {@code rank_pattern} has them.
   *
   * @param values of every adapted layer
   * @param usual the value that needs no pattern
   */
  <V> Map<String, V> patterns(Map<Site, V> values, V usual) {
    Map<String, V> patterns = new LinkedHashMap<>();
    values.forEach(
        (site, value) -> {
          if (!value.equals(usual)) {
            patterns.putIfAbsent(pattern(site, value, values), value);
          }
        });
    return patterns;
  }

  /** The first of the candidates that gives no layer a wrong value. */
  private static <V> String pattern(Site site, V value, Map<Site, V> values) {
    String inLayer = escaped(site.pathInLayer());
    return List.of(lastName(site), inLayer, "layer\\.\\d+\\." + inLayer).stream()
        .filter(
            pattern ->
                values.entrySet().stream()
                    .allMatch(
                        other ->
                            other.getValue().equals(value)
                                || !other.getKey().path().matches("(.*\\.)?(" + pattern + ")")))
        .findFirst()
        .orElse(escaped(site.path()));
  }

  private static String lastName(Site site) {
    return site.path().substring(site.path().lastIndexOf('.') + 1);
  }

  private static String escaped(String path) {
    return path.replace(".", "\\.");
  }
}
