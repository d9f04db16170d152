package io.github.tlora.cli;

import io.github.tlora.Suggestion;
import io.github.tlora.UserError;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Turns exceptions into lines on stderr and exit codes. A stack trace is a bug of ours. */
final class ErrorPrinter {
  private final Console console;

  ErrorPrinter(Console console) {
    this.console = console;
  }

  /** A command line that cannot be parsed: exit 2. */
  int usage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
      console.error(unknown(unmatched.getUnmatched().get(0), command) + see(command), e);
    } else if (!command.getUnmatchedArguments().isEmpty()) {
      console.error(unknown(command.getUnmatchedArguments().get(0), command) + see(command), e);
    } else {
      String message = e.getMessage().replaceAll("\\s*\\R\\s*", " ");
      console.error(
          Character.toLowerCase(message.charAt(0)) + message.substring(1) + see(command), e);
    }
    return UserError.Kind.USAGE.exitCode();
  }

  /** The word with what it should have been, and the known one that was probably meant. */
  static String unknown(String typed, CommandLine command) {
    String word = typed.startsWith("--") ? typed.replaceFirst("=.*", "") : typed;
    boolean isOption = word.startsWith("-");
    Set<String> known =
        isOption
            ? command.getCommandSpec().optionsMap().keySet()
            : command.getSubcommands().keySet();
    return (isOption
            ? "unknown option '"
            : known.isEmpty() ? "unknown argument '" : "unknown command '")
        + word
        + "'"
        + Suggestion.of(word, known).map(near -> " (did you mean '" + near + "'?)").orElse("");
  }

  static String see(CommandLine command) {
    return ". See: " + command.getCommandSpec().qualifiedName() + " --help";
  }

  /** A command that threw. */
  int failure(Throwable e) {
    UserError known = asUserError(e);
    if (known != null) {
      console.error(known.getMessage(), e);
      return known.kind().exitCode();
    }
    if (e instanceof OutOfMemoryError) {
      console.error(
          "memory: the Java heap is too small ("
              + e.getMessage()
              + "). Give it more, for example"
              + " TLORA_JAVA_OPTS=-Xmx4g",
          e);
      return UserError.Kind.DEVICE.exitCode();
    }
    console.bug("a bug in tlora: " + e + ". Please report it with the lines below", e);
    return Main.BUG;
  }

  private static UserError asUserError(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UserError known) {
        return known;
      }
    }
    return null;
  }
}
