package io.github.tlora.cli;

import java.util.Map;

/**
 * What the launcher found of the process's streams; Java cannot tell.
 *
 * @param shows whether a person reads stdout
 * @param talks whether a person reads stderr
 * @param colours whether the terminal has them and the person has not declined: NO_COLOR, TERM
 * @param width in columns
 */
record Terminal(boolean shows, boolean talks, boolean colours, int width) {
  /** What is taken where the width is not known, and the most that help takes. */
  static final int USUAL_WIDTH = 80;

  /** No terminal at all. */
  static final Terminal NONE = new Terminal(false, false, false, USUAL_WIDTH);

  /** A terminal that both streams go to, without colours. */
  static final Terminal PLAIN = new Terminal(true, true, false, USUAL_WIDTH);

  /** This process's. */
  static Terminal ofProcess() {
    return new Terminal(
        Boolean.getBoolean("tlora.terminal.out"),
        Boolean.getBoolean("tlora.terminal"),
        wantsColours(System.getenv()),
        Integer.getInteger("tlora.width", USUAL_WIDTH));
  }

  /** By the conventions of no-color.org and terminfo. */
  static boolean wantsColours(Map<String, String> variables) {
    return variables.getOrDefault("NO_COLOR", "").isEmpty()
        && !variables.getOrDefault("TERM", "dumb").equals("dumb");
  }
}
