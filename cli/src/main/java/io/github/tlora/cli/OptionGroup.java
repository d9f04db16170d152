package io.github.tlora.cli;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ScopeType;

/**
 * Options of a command that help and man pages show together.
 *
 * @param heading what they are about
 */
record OptionGroup(String heading, List<OptionSpec> options) {
  /** The options that every command has. */
  static final String GENERAL = "General";

  private static final String WITHOUT_HEADING = "Options";

  /**
   * The options of {@code command} in the order of their declaration, each under the {@link
   * Heading} that stands before it; last those that every command has.
   */
  static List<OptionGroup> of(CommandSpec command) {
    Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();
    List<OptionSpec> general = new ArrayList<>();
    String heading = WITHOUT_HEADING;
    for (OptionSpec option : command.options()) {
      if (option.usageHelp() || option.versionHelp() || option.scopeType() == ScopeType.INHERIT) {
        general.add(option);
        continue;
      }
      if (option.userObject() instanceof Field field && field.isAnnotationPresent(Heading.class)) {
        heading = field.getAnnotation(Heading.class).value();
      }
      groups.computeIfAbsent(heading, name -> new ArrayList<>()).add(option);
    }
    general.sort(Comparator.comparing(option -> option.usageHelp() || option.versionHelp()));
    if (!general.isEmpty()) {
      groups.put(GENERAL, general);
    }
    return groups.entrySet().stream()
        .map(group -> new OptionGroup(group.getKey(), List.copyOf(group.getValue())))
        .toList();
  }
}
