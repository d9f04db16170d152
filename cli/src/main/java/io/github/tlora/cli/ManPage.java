package io.github.tlora.cli;

import io.github.tlora.Version;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A command's manual page, in the language of man(7). picocli's own writes AsciiDoc, which needs
 * Asciidoctor to become one.
 */
final class ManPage {
  private final CommandSpec command;
  private final List<String> lines = new ArrayList<>();

  private ManPage(CommandSpec command) {
    this.command = command;
  }

  /** The pages of {@code commands} and all below by their files' names: {@code tlora-train.1}. */
  static Map<String, String> of(CommandLine commands) {
    Map<String, String> pages = new LinkedHashMap<>();
    CommandSpec spec = commands.getCommandSpec();
    pages.put(name(spec) + ".1", new ManPage(spec).write());
    commands.getSubcommands().values().forEach(sub -> pages.putAll(of(sub)));
    return pages;
  }

  private static String name(CommandSpec command) {
    return command.qualifiedName("-");
  }

  private String write() {
    String program = command.root().name();
    lines.add(
        ".TH "
            + name(command).toUpperCase(Locale.ROOT).replace("-", "\\-")
            + " 1 \"\" \""
            + program
            + " "
            + Version.current()
            + "\" \""
            + program
            + "\"");
    section("NAME");
    lines.add(plain(name(command)) + " \\- " + plain(sentence(command)));
    section("SYNOPSIS");
    lines.add(".B " + plain(command.qualifiedName()));
    String rest = HelpPage.synopsis(command).substring(command.qualifiedName().length()).strip();
    lines.add(plain(rest));
    section("DESCRIPTION");
    String text = String.join("\n", command.usageMessage().description()).strip();
    paragraphs(text.isEmpty() ? sentence(command) : text);
    commands();
    if (!command.positionalParameters().isEmpty()) {
      section("ARGUMENTS");
      command
          .positionalParameters()
          .forEach(argument -> entry(bold(argument.paramLabel()), argument.description()));
    }
    section("OPTIONS");
    for (OptionGroup group : OptionGroup.of(command)) {
      lines.add(".SS " + plain(group.heading()));
      group.options().forEach(option -> entry(names(option), option.description()));
    }
    footer();
    section("SEE ALSO");
    lines.add(seeAlso());
    return String.join("\n", lines) + "\n";
  }

  private static String sentence(CommandSpec command) {
    return String.join(" ", command.usageMessage().header());
  }

  private void section(String heading) {
    lines.add(".SH " + heading);
  }

  private void paragraphs(String text) {
    String[] paragraphs = text.split("\n\n", -1);
    for (int i = 0; i < paragraphs.length; i++) {
      if (i > 0) {
        lines.add(".PP");
      }
      lines.add(line(paragraphs[i].replace('\n', ' ')));
    }
  }

  private void commands() {
    Map<String, CommandLine> commands = command.subcommands();
    if (commands.isEmpty()) {
      return;
    }
    section("COMMANDS");
    commands
        .values()
        .forEach(
            sub -> {
              CommandSpec spec = sub.getCommandSpec();
              entry(bold(name(spec)) + "(1)", spec.usageMessage().header());
            });
  }

  private void entry(String term, String[] description) {
    lines.add(".TP");
    lines.add(term);
    lines.add(line(String.join(" ", description)));
  }

  private static String names(OptionSpec option) {
    String value = option.arity().max() == 0 ? "" : "=\\fI" + plain(option.paramLabel()) + "\\fR";
    return Arrays.stream(option.names()).map(ManPage::bold).collect(Collectors.joining(", "))
        + value;
  }

  /** Blocks of the help's last lines, each under its own first line: examples, exit codes. */
  private void footer() {
    boolean isOpen = false;
    for (String text : command.usageMessage().footer()) {
      if (text.matches("\\S.*:")) {
        section(text.substring(0, text.length() - 1).toUpperCase(Locale.ROOT));
        lines.add(".nf");
        isOpen = true;
      } else if (text.isBlank() && isOpen) {
        lines.add(".fi");
        isOpen = false;
      } else if (!text.isBlank()) {
        lines.add(line(text.strip()));
      }
    }
    if (isOpen) {
      lines.add(".fi");
    }
  }

  private String seeAlso() {
    List<String> pages = new ArrayList<>();
    if (command.parent() != null) {
      pages.add(bold(name(command.parent())) + "(1)");
    }
    command
        .subcommands()
        .values()
        .forEach(sub -> pages.add(bold(name(sub.getCommandSpec())) + "(1)"));
    return String.join(", ", pages);
  }

  private static String bold(String text) {
    return "\\fB" + plain(text) + "\\fR";
  }

  /** A line of text, which must not look like a request. */
  private static String line(String text) {
    String plain = plain(text);
    return plain.startsWith(".") || plain.startsWith("'") ? "\\&" + plain : plain;
  }

  /** Signs as they are: a minus sign is no hyphen, for options that are copied from the page. */
  private static String plain(String text) {
    return text.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("'", "\\(aq")
        .replace("~", "\\(ti");
  }
}
