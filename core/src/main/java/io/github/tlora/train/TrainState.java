package io.github.tlora.train;

import io.github.tlora.UserError;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a training stands, beside the values of what is trained and the optimizer's moments. Epoch,
 * batches, learning rate and dropout masks all follow from the step.
 *
 * @param step optimizer steps done
 * @param best the highest score so far
 * @param worse evaluations since then
 */
record TrainState(long step, double best, int worse) {
  static final TrainState START = new TrainState(0, Double.NEGATIVE_INFINITY, 0);

  private static final String STEP = "step";
  private static final String BEST = "best";
  private static final String WORSE = "evaluations_since_best";

  /** After one more step. */
  TrainState stepped() {
    return new TrainState(step + 1, best, worse);
  }

  /** After an evaluation; a tie is no better. */
  TrainState evaluated(double score) {
    return score > best ? new TrainState(step, score, 0) : new TrainState(step, best, worse + 1);
  }

  /** As a safetensors file's metadata. */
  Map<String, String> metadata() {
    return Map.of(
        STEP, Long.toString(step), BEST, Double.toString(best), WORSE, Integer.toString(worse));
  }

  /**
   * What {@link #metadata} wrote.
   *
   * @throws UserError exit 3 when it is something else
   */
  static TrainState of(Map<String, String> metadata, Path file) {
    try {
      return new TrainState(
          Long.parseLong(metadata.getOrDefault(STEP, "")),
          Double.parseDouble(metadata.getOrDefault(BEST, "")),
          Integer.parseInt(metadata.getOrDefault(WORSE, "")));
    } catch (NumberFormatException e) {
      throw new UserError(
          UserError.Kind.FILE, file + ": is not the optimizer's state of this training", e);
    }
  }
}
