package io.github.tlora.config;

import io.github.tlora.config.ConfigNode.Mapping;
import io.github.tlora.config.ConfigNode.Scalar;
import java.util.List;
import java.util.Locale;

/**
 * A configuration that comes with the tool.
 *
 * @param name what {@code -c} takes
 * @param task the task that it names; null where it is for any
 * @param model the encoder that it names, or null
 * @param method the method that it names, or null
 * @param published the score that it is to reproduce, or null
 * @param summary its first line
 * @param source where its settings come from
 */
public record Recipe(
    String name,
    String task,
    String model,
    String method,
    String published,
    String summary,
    String source) {

  static Recipe read(String name) {
    Mapping given = Recipes.given(name);
    List<String> header = header(Recipes.textOf(name));
    return new Recipe(
        name,
        text(given, "task"),
        text(given, "model", "name"),
        text(given, "adapter", Binder.METHOD),
        after("Published: ", header),
        header.get(0).replaceFirst("^# ", ""),
        after("Source: ", header));
  }

  /** The file as it is. */
  public String text() {
    return Recipes.textOf(name);
  }

  /** Whether each of {@code words} stands somewhere in what is told of it, in any case. */
  public boolean has(List<String> words) {
    String all = String.join("\n", name, summary, source, task + "", model + "", method + "");
    String plain = all.toLowerCase(Locale.ROOT);
    return words.stream().allMatch(word -> plain.contains(word.toLowerCase(Locale.ROOT)));
  }

  /** The comment lines that a file begins with. */
  static List<String> header(String text) {
    return text.lines().takeWhile(line -> line.startsWith("#")).toList();
  }

  private static String after(String words, List<String> header) {
    return header.stream()
        .filter(line -> line.startsWith("# " + words))
        .map(line -> line.substring(2 + words.length()))
        .findFirst()
        .orElse(null);
  }

  private static String text(Mapping group, String... path) {
    ConfigNode node = group;
    for (String key : path) {
      node = node instanceof Mapping settings ? settings.get(key) : null;
    }
    return node instanceof Scalar scalar && !scalar.isNull() ? scalar.text() : null;
  }
}
