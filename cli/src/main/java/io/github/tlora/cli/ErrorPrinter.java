package io.github.tlora.cli;

import io.github.tlora.UserError;
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
      String word = unmatched.getUnmatched().get(0);
      String near =
          unmatched.getSuggestions().isEmpty()
              ? ""
              : " (did you mean '" + unmatched.getSuggestions().get(0) + "'?)";
      print("unknown argument '" + word + "'" + near + see(command));
    } else if (!command.getUnmatchedArguments().isEmpty()) {
      print("unknown argument '" + command.getUnmatchedArguments().get(0) + "'" + see(command));
    } else {
      String message = e.getMessage().replaceAll("\\s*\\R\\s*", " ");
      print(Character.toLowerCase(message.charAt(0)) + message.substring(1) + see(command));
    }
    return UserError.Kind.USAGE.exitCode();
  }

  private static String see(CommandLine command) {
    return ". See: " + command.getCommandSpec().qualifiedName() + " --help";
  }

  /** A command that threw. */
  int failure(Throwable e) {
    UserError known = asUserError(e);
    if (known != null) {
      print(known.getMessage());
      return known.kind().exitCode();
    }
    if (e instanceof OutOfMemoryError) {
      print(
          "memory: the Java heap is too small ("
              + e.getMessage()
              + "). Give it more, for example"
              + " TLORA_JAVA_OPTS=-Xmx4g");
      return UserError.Kind.DEVICE.exitCode();
    }
    print("a bug in tlora: " + e + ". Please report it with the lines below");
    e.printStackTrace(console.err());
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

  private void print(String message) {
    message.lines().forEach(line -> console.say("tlora: " + line));
  }
}
