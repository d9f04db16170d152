package io.github.tlora.config;

import io.github.tlora.Suggestion;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Messages about names that do not exist: what was probably meant, and what there is. */
final class UnknownName {
  private UnknownName() {}

  /** An unknown method. */
  static String method(String name, Collection<String> known) {
    String guess = Suggestion.of(name, known).map(near -> "'" + near + "'").orElse("");
    return message("method '" + name + "'", guess, "methods", known);
  }

  /**
   * An unknown key.
   *
   * @param path the path of the group that it stands in
   * @param known the keys of that group
   * @param root the whole configuration, where the key may have its place
   */
  static String key(String path, String key, Collection<String> known, Class<?> root) {
    String full = Spelling.join(path, key);
    List<String> elsewhere =
        paths(root, "")
            .filter(other -> !other.equals(full) && ("." + other).endsWith("." + key))
            .map(other -> "'" + other + (other.contains(".") ? "'" : "' at the top level"))
            .distinct()
            .toList();
    String guess =
        elsewhere.isEmpty()
            ? Suggestion.of(key, known).map(near -> "'" + near + "'").orElse("")
            : String.join(" or ", elsewhere);
    return message("key '" + full + "'", guess, "keys", known);
  }

  private static String message(String what, String guess, String kinds, Collection<String> known) {
    String hint = guess.isEmpty() ? "" : " (did you mean " + guess + "?)";
    String list = new TreeSet<>(known).stream().collect(Collectors.joining(", "));
    return "unknown " + what + hint + ". Known " + kinds + ": " + list;
  }

  /** The paths of all settings in a type; those of every method for an adapter. */
  private static Stream<String> paths(Class<?> type, String path) {
    if (type.isSealed()) {
      return Arrays.stream(type.getPermittedSubclasses()).flatMap(kind -> paths(kind, path));
    } else if (!Binder.isGroup(type)) {
      return Stream.of(path);
    }
    return Arrays.stream(type.getRecordComponents())
        .flatMap(
            component ->
                paths(component.getType(), Spelling.join(path, Spelling.key(component.getName()))));
  }
}
