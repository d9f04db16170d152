package io.github.tlora.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** What {@code --help} prints: usage, text, arguments, options under headings, examples. */
final class HelpPage {
  /** No column of names is wider: what does not go into it has a line of its own. */
  private static final int WIDEST_NAMES = 29;

  private static final String SECTION = "page";

  private final CommandSpec command;
  private final int width;
  private final Paint paint;
  private final List<String> lines = new ArrayList<>();

  private HelpPage(CommandSpec command, int width, Paint paint) {
    this.command = command;
    this.width = width;
    this.paint = paint;
  }

  /** Has {@code commands} and all below print such pages. */
  static void printedBy(CommandLine commands, Console console) {
    commands.setHelpSectionKeys(List.of(SECTION));
    commands.setHelpSectionMap(
        Map.of(SECTION, help -> of(help.commandSpec(), console.helpWidth(), console.paint())));
  }

  /** The page of {@code command} in lines of at most {@code width}. */
  static String of(CommandSpec command, int width, Paint paint) {
    HelpPage page = new HelpPage(command, width, paint);
    page.write();
    return page.lines.stream()
        .map(line -> line + System.lineSeparator())
        .collect(Collectors.joining());
  }

  private void write() {
    text(command.usageMessage().header());
    lines.add("");
    lines.addAll(hanging("Usage: " + synopsis(command), 7 + command.qualifiedName().length() + 1));
    if (command.usageMessage().description().length > 0) {
      lines.add("");
      text(command.usageMessage().description());
    }
    entries("Arguments", command.positionalParameters());
    commands();
    OptionGroup.of(command).forEach(group -> entries(group.heading(), group.options()));
    for (String line : command.usageMessage().footer()) {
      if (line.matches("\\S.*:")) {
        lines.add(paint.bold(line));
      } else {
        lines.addAll(hanging(line, line.startsWith(" ") ? 4 : 0));
      }
    }
  }

  /** How it is called: options that must be given, arguments, and that there are others. */
  static String synopsis(CommandSpec command) {
    Stream<String> required =
        command.options().stream()
            .filter(OptionSpec::required)
            .map(option -> option.shortestName() + " " + option.paramLabel());
    Stream<String> arguments = command.positionalParameters().stream().map(HelpPage::argument);
    Stream<String> subcommand =
        command.subcommands().isEmpty()
            ? Stream.of()
            : Stream.of(command.usageMessage().synopsisSubcommandLabel());
    return Stream.of(
            Stream.of(command.qualifiedName(), "[OPTIONS]"), required, arguments, subcommand)
        .flatMap(words -> words)
        .collect(Collectors.joining(" "));
  }

  private static String argument(PositionalParamSpec argument) {
    boolean several = argument.arity().max() > 1;
    String name = argument.paramLabel() + (several ? "..." : "");
    return argument.arity().min() == 0 ? "[" + name + "]" : name;
  }

  /** Options as they are typed: {@code -o, --output=DIR}. */
  static String names(OptionSpec option) {
    String names = String.join(", ", option.names());
    boolean hasShort = Arrays.stream(option.names()).anyMatch(name -> !name.startsWith("--"));
    return (hasShort ? "" : "    ")
        + names
        + (option.arity().max() == 0 ? "" : "=" + option.paramLabel());
  }

  private void entries(String heading, List<? extends ArgSpec> entries) {
    if (entries.isEmpty()) {
      return;
    }
    heading(heading);
    for (ArgSpec entry : entries) {
      String name =
          entry instanceof OptionSpec option
              ? names(option)
              : argument((PositionalParamSpec) entry);
      entry(name, String.join(" ", entry.description()), column());
    }
  }

  /** Where descriptions of arguments and options begin. */
  private int column() {
    Stream<String> options = command.options().stream().map(HelpPage::names);
    Stream<String> arguments = command.positionalParameters().stream().map(HelpPage::argument);
    return Stream.concat(options, arguments)
            .mapToInt(String::length)
            .filter(length -> length + 4 <= WIDEST_NAMES)
            .max()
            .orElse(0)
        + 4;
  }

  private void commands() {
    Map<String, CommandLine> commands = command.subcommands();
    if (commands.isEmpty()) {
      return;
    }
    int column = commands.keySet().stream().mapToInt(String::length).max().orElse(0) + 4;
    if (command.parent() != null) {
      heading("Commands");
      commands.forEach((name, line) -> entry(name, summary(line), column));
      return;
    }
    for (CommandGroup group : CommandGroup.values()) {
      heading(group.heading());
      group.commands().stream()
          .filter(commands::containsKey)
          .forEach(name -> entry(name, summary(commands.get(name)), column));
    }
  }

  /** A command in one sentence. */
  static String summary(CommandLine command) {
    return String.join(" ", command.getCommandSpec().usageMessage().header());
  }

  private void heading(String heading) {
    lines.add("");
    lines.add(paint.bold(heading + ":"));
  }

  private void entry(String name, String description, int column) {
    List<String> words = LineBreaks.wrap(description, Math.max(width - column, 20));
    String first = "  " + name;
    if (first.length() + 2 > column) {
      lines.add(first);
      first = "";
    }
    for (String line : words) {
      lines.add((first + " ".repeat(column - first.length()) + line).stripTrailing());
      first = "";
    }
  }

  /** Paragraphs, between which a line is empty. */
  private void text(String[] paragraphs) {
    String joined = String.join("\n", paragraphs).strip();
    for (String paragraph : joined.split("\n\n", -1)) {
      lines.addAll(LineBreaks.wrap(paragraph.replace('\n', ' '), width));
    }
  }

  /** {@code line}, which goes on below after {@code indent} spaces. */
  private List<String> hanging(String line, int indent) {
    List<String> broken = new ArrayList<>(LineBreaks.wrap(line, width - indent));
    if (line.length() <= width) {
      return List.of(line);
    }
    for (int i = 1; i < broken.size(); i++) {
      broken.set(i, " ".repeat(indent) + broken.get(i));
    }
    return broken;
  }
}
