package io.github.tlora.cli;

import io.github.tlora.run.Json;
import java.io.PrintStream;

/**
 * Where a command's words go: the answer to stdout, the talk to stderr.
 *
 * @param terminal whether a person watches
 */
record Console(PrintStream out, PrintStream err, boolean terminal) {
  /** Says something to a person. */
  void say(String line) {
    err.println(line);
  }

  /** Says that something is not as it should be, and that the work goes on. */
  void warn(String line) {
    say("tlora: warning: " + line);
  }

  /** Whether a person reads this on a terminal that has signs such as a check mark. */
  boolean hasSigns() {
    return terminal && System.getProperty("native.encoding", "").equalsIgnoreCase("UTF-8");
  }

  /** Answers, as JSON or as text. */
  void answer(boolean asJson, Object record, String text) {
    out.println(asJson ? Json.pretty(record) : text);
    out.flush();
  }
}
