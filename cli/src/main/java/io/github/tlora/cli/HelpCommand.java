package io.github.tlora.cli;

import io.github.tlora.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tlora help}. */
@Command(
    name = "help",
    mixinStandardHelpOptions = true,
    header = "Show what a command does and takes.",
    footer = {"", "Examples:", "  tlora help train", "  tlora help"})
final class HelpCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "COMMAND",
      arity = "0..*",
      description = "The command, and where it has commands of its own, which of them.")
  private List<String> names = new ArrayList<>();

  HelpCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    CommandLine command = spec.root().commandLine();
    for (String name : names) {
      CommandLine next = command.getSubcommands().get(name);
      if (next == null) {
        throw UserError.usage(ErrorPrinter.unknown(name, command) + ErrorPrinter.see(command));
      }
      command = next;
    }
    command.usage(console.out());
    return 0;
  }
}
