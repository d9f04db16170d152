package io.github.tlora.cli;

import java.util.List;

/** The parts of the list of commands in {@code tlora --help}, in their order. */
enum CommandGroup {
  RUN("Run", "train", "eval", "predict", "repeat"),
  WEIGHTS("Weights", "merge", "unmerge", "combine", "convert", "export"),
  LOOK("Look", "params", "runs", "configs", "config", "methods"),
  SET_UP("Set up", "get", "data", "baseline", "doctor", "bench", "completion", "manpages", "help");

  private final String heading;
  private final List<String> commands;

  CommandGroup(String heading, String... commands) {
    this.heading = heading;
    this.commands = List.of(commands);
  }

  String heading() {
    return heading;
  }

  /** The names of its commands. */
  List<String> commands() {
    return commands;
  }
}
