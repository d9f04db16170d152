package io.github.tlora.config;

import io.github.tlora.config.ConfigNode.Mapping;
import io.github.tlora.config.ConfigNode.Scalar;
import io.github.tlora.config.ConfigNode.Sequence;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A recipe as one file that needs no other: what it includes is written into it, and the comments
 * beside settings go along.
 */
public final class RecipeCopy {
  /** A comment after a setting; a # inside of quotes begins none. */
  private static final Pattern COMMENT = Pattern.compile("(?:[^\"'#]|\"[^\"]*\"|'[^']*')*\\s(#.*)");

  private final StringBuilder copy = new StringBuilder();
  private final Map<String, List<String>> files = new HashMap<>();
  private final Set<Origin> commented = new HashSet<>();

  private RecipeCopy() {}

  /**
   * The copy's text.
   *
   * @param file what the copy is called, for the command in its header
   */
  public static String of(Recipe recipe, String file) {
    RecipeCopy writer = new RecipeCopy();
    Recipe.header(recipe.text()).stream()
        .filter(line -> !line.matches("# (Run|yaml-language-server): .*"))
        .forEach(writer::line);
    writer.line("# Copied from " + recipe.name() + ", with what that includes.");
    writer.line("# Run: tlora train -c " + file);
    writer.mapping("", inOrder(Recipes.given(recipe.name())));
    return writer.copy.toString();
  }

  /** The settings in the order of the configuration, whichever file they come from. */
  private static Mapping inOrder(Mapping settings) {
    Map<String, ConfigNode> ordered = new LinkedHashMap<>();
    for (String key : Spelling.keys(RunConfig.class)) {
      if (settings.get(key) != null) {
        ordered.put(key, settings.get(key));
      }
    }
    return new Mapping(settings.origin(), ordered);
  }

  private void line(String text) {
    copy.append(text).append('\n');
  }

  private void mapping(String indent, Mapping settings) {
    settings
        .entries()
        .forEach(
            (key, node) -> {
              if (node instanceof Mapping group && !group.entries().isEmpty()) {
                line(indent + key + ":");
                mapping(indent + "  ", group);
              } else {
                line(indent + key + ": " + value(node) + comment(node.origin()));
              }
            });
  }

  private static String value(ConfigNode node) {
    if (node instanceof Sequence list) {
      return list.items().stream()
          .map(RecipeCopy::value)
          .collect(Collectors.joining(", ", "[", "]"));
    } else if (node instanceof Mapping group) {
      return group.entries().entrySet().stream()
          .map(entry -> entry.getKey() + ": " + value(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    Scalar scalar = (Scalar) node;
    return scalar.value() instanceof String text ? ConfigWriter.scalar(text) : scalar.shown();
  }

  /** What stands beside a setting, once for a line that has several. */
  private String comment(Origin origin) {
    if (!origin.isLine() || !commented.add(origin)) {
      return "";
    }
    List<String> lines =
        files.computeIfAbsent(origin.place(), place -> Recipes.text(place).lines().toList());
    Matcher comment = COMMENT.matcher(lines.get(origin.line() - 1));
    return comment.matches() ? " " + comment.group(1) : "";
  }
}
