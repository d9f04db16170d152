package io.github.tlora.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The completions of tlora as fish takes them, a line each: picocli has bash's and zsh's alone. */
final class FishCompletion {
  private final String program;
  private final List<String> lines = new ArrayList<>();

  private FishCompletion(String program) {
    this.program = program;
  }

  /** The script for {@code commands} and all below. */
  static String of(CommandLine commands) {
    FishCompletion script = new FishCompletion(commands.getCommandName());
    script.lines.add("# Completions of " + script.program + " for fish.");
    script.command(commands, List.of());
    return String.join("\n", script.lines) + "\n";
  }

  private void command(CommandLine command, List<String> path) {
    String here = condition(path, command);
    for (OptionSpec option : command.getCommandSpec().options()) {
      StringBuilder names = new StringBuilder();
      for (String name : option.names()) {
        names.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.charAt(1));
      }
      add(here, names + values(option), option.description());
    }
    for (PositionalParamSpec argument : command.getCommandSpec().positionalParameters()) {
      if (argument.completionCandidates() != null) {
        add(here, candidates(argument), argument.description());
      }
    }
    boolean takesFiles =
        command.getSubcommands().isEmpty()
            && command.getCommandSpec().positionalParameters().stream()
                .anyMatch(argument -> argument.completionCandidates() == null);
    if (!takesFiles) {
      add(here, " -f", new String[0]);
    }
    command
        .getSubcommands()
        .forEach(
            (name, sub) -> {
              add(here, " -a " + name, sub.getCommandSpec().usageMessage().header());
              List<String> below = new ArrayList<>(path);
              below.add(name);
              command(sub, below);
            });
  }

  /** Where the words typed so far name this command, and none below it. */
  private static String condition(List<String> path, CommandLine command) {
    List<String> parts = new ArrayList<>();
    path.forEach(name -> parts.add("__fish_seen_subcommand_from " + name));
    if (!command.getSubcommands().isEmpty()) {
      parts.add(
          "not __fish_seen_subcommand_from " + String.join(" ", command.getSubcommands().keySet()));
    }
    return String.join("; and ", parts);
  }

  private static String values(OptionSpec option) {
    return option.arity().max() == 0
        ? ""
        : option.completionCandidates() == null ? " -r" : " -x" + candidates(option);
  }

  private static String candidates(ArgSpec argument) {
    return " -a " + quoted(String.join(" ", argument.completionCandidates()));
  }

  private void add(String condition, String what, String[] description) {
    String text = String.join(" ", description);
    lines.add(
        "complete -c "
            + program
            + " -n "
            + quoted(condition)
            + what
            + (text.isEmpty() ? "" : " -d " + quoted(text)));
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
