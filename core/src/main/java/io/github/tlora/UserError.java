package io.github.tlora;

import java.util.List;

/**
 * A fault that the user can mend, told in one line: where, what, what is allowed, what to do.
 *
 * <p>The command line prints the message after {@code tlora: } and exits with {@link #kind()}'s
 * code.
 */
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What went wrong, by exit code. The codes are part of the command line's contract. */
  public enum Kind {
    /** The work ran but failed: training diverged, a merge is over its tolerance. */
    FAILED(1),
    /** The command line or the configuration is wrong. */
    USAGE(2),
    /** A data, model or adapter file is missing, damaged or of another kind. */
    FILE(3),
    /** The engine or the device is not usable. */
    DEVICE(4);

    private final int exitCode;

    Kind(int exitCode) {
      this.exitCode = exitCode;
    }

    public int exitCode() {
      return exitCode;
    }
  }

  private final Kind kind;

  public UserError(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public UserError(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** A wrong command line or configuration: exit code 2. */
  public static UserError usage(String message) {
    return new UserError(Kind.USAGE, message);
  }

  /** A missing, damaged or unfit file: exit code 3. */
  public static UserError file(String message) {
    return new UserError(Kind.FILE, message);
  }

  /** Work that ran and failed: exit code 1. */
  public static UserError failed(String message) {
    return new UserError(Kind.FAILED, message);
  }

  /** The first {@code most} of {@code problems} in one line, and how many more there are. */
  public static String several(List<String> problems, int most) {
    int more = problems.size() - most;
    return String.join("; ", problems.subList(0, Math.min(problems.size(), most)))
        + (more > 0 ? "; and " + more + " more" : "");
  }

  public Kind kind() {
    return kind;
  }
}
