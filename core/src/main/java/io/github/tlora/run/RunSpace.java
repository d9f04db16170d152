package io.github.tlora.run;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether there is a place for a run.
 *
 * @param output its directory; null for one under runs/
 */
record RunSpace(Path output) {
  /** What a trained number takes in the best adapter. */
  private static final int BYTES_A_NUMBER = 4;

  /** What it takes in a saved state: its value, and the optimizer's two moments. */
  private static final int BYTES_A_STATE = 12;

  /** Files that do not grow with the adapter. */
  private static final long OTHER_BYTES = 1_000_000;

  /** A line of metrics.jsonl. */
  private static final int BYTES_A_STEP = 150;

  /**
   * Whether the directory can be made.
   *
   * @throws UserError exit 2 when it exists, 3 when nothing may be made there
   */
  Preflight.Finding place() {
    if (output != null) {
      RunDirectory.requireNew(output);
    }
    Path parent = parent();
    if (!Files.isDirectory(parent) || !Files.isWritable(parent)) {
      throw UserError.file(
          wanted() + ": cannot be made: " + parent + " is no directory that may be written to");
    }
    return Preflight.Finding.ok(
        output == null ? "a new directory under runs" : output + " can be made");
  }

  /** Whether there is room for what the run keeps. */
  Preflight.Finding disk(TrainRun.Plan plan) {
    if (plan == null) {
      return Preflight.Finding.unknown("not known before there is a plan", null);
    }
    int states = 1 + plan.config().train().checkpoints().keep();
    long needed =
        (BYTES_A_NUMBER + (long) states * BYTES_A_STATE) * plan.trainable()
            + BYTES_A_STEP * plan.steps()
            + OTHER_BYTES;
    long free;
    try {
      free = Files.getFileStore(parent()).getUsableSpace();
    } catch (IOException e) {
      return Preflight.Finding.unknown("the system does not tell what is free", null);
    }
    String found =
        "about " + Quantity.bytes(needed) + " of " + Quantity.bytes(free) + " that are free";
    if (needed > free) {
      throw UserError.file("disk: " + found + ". Make room, or name another place with -o");
    }
    return Preflight.Finding.ok(found);
  }

  private Path wanted() {
    return output == null ? Path.of("runs") : output;
  }

  /** The nearest directory above that is there. */
  private Path parent() {
    Path path = wanted().toAbsolutePath();
    if (output != null) {
      path = path.getParent();
    }
    while (path.getParent() != null && !Files.exists(path)) {
      path = path.getParent();
    }
    return path;
  }
}
