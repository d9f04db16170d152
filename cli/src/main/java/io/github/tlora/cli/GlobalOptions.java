package io.github.tlora.cli;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The options of every command: how much is said, and in which form. */
final class GlobalOptions {
  @Option(
      names = {"-q", "--quiet"},
      scope = ScopeType.INHERIT,
      description = "Say nothing but warnings and errors.")
  private boolean quiet;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Say more: versions, places, device, time taken.")
  private boolean verbose;

  @Option(
      names = "--color",
      paramLabel = "WHEN",
      scope = ScopeType.INHERIT,
      completionCandidates = Words.Colours.class,
      description = "auto (default), always or never; see NO_COLOR.")
  private String color = "auto";

  @Option(
      names = "--log-format",
      paramLabel = "FORM",
      scope = ScopeType.INHERIT,
      completionCandidates = Words.Forms.class,
      description = "Say it as text (default), or json: an object a line.")
  private String logFormat = "text";

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "With an error, where in the program it came up.")
  private boolean stacktrace;

  /**
   * What of these options is anywhere in {@code args}, also where the rest cannot be parsed: for
   * saying so.
   */
  static GlobalOptions typedIn(String... args) {
    GlobalOptions options = new GlobalOptions();
    CommandLine lenient = new CommandLine(options).setUnmatchedArgumentsAllowed(true);
    try {
      lenient.setExpandAtFiles(false).parseArgs(args);
    } catch (ParameterException e) {
      // The command's own parsing tells of it; what came before is known.
      return options;
    }
    return options;
  }

  /**
   * Checks the words.
   *
   * @param command that was called with them
   * @throws ParameterException for one that is not known
   */
  void check(CommandLine command) {
    one("--color", color, new Words.Colours(), command);
    one("--log-format", logFormat, new Words.Forms(), command);
    if (quiet && verbose) {
      throw new ParameterException(command, "--quiet and --verbose: give one of the two");
    }
  }

  private static void one(String option, String value, Words words, CommandLine command) {
    if (!words.contains(value)) {
      throw new ParameterException(
          command,
          option + " must be one of " + String.join(", ", words) + "; got '" + value + "'");
    }
  }

  boolean isQuiet() {
    return quiet;
  }

  boolean isVerbose() {
    return verbose;
  }

  boolean isJson() {
    return logFormat.equals("json");
  }

  boolean showsTraces() {
    return stacktrace;
  }

  /** Whether a stream is coloured, which goes to a terminal that has colours or does not. */
  boolean colours(boolean hasThem) {
    return color.equals("always") || (hasThem && !color.equals("never"));
  }
}
