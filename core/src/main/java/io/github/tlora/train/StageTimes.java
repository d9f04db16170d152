package io.github.tlora.train;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How long the stages of training take, of all workers together. */
public final class StageTimes {
  /** A part of a step. With gradient checkpointing the forward pass counts as backward. */
  public enum Stage {
    /** Rows become arrays. */
    BATCH,
    /** Arrays become a loss. */
    FORWARD,
    /** The loss becomes gradients. */
    BACKWARD,
    /** Gradients become new values. */
    OPTIMIZER
  }

  private final Map<Stage, LongAdder> nanos = new EnumMap<>(Stage.class);

  StageTimes() {
    for (Stage stage : Stage.values()) {
      nanos.put(stage, new LongAdder());
    }
  }

  /**
   * Counts the time since {@code started} to {@code stage}.
   *
   * @return now, when the next stage starts
   */
  long add(Stage stage, long started) {
    long now = System.nanoTime();
    nanos.get(stage).add(now - started);
    return now;
  }

  /** Seconds so far. */
  public Map<Stage, Double> seconds() {
    Map<Stage, Double> seconds = new EnumMap<>(Stage.class);
    nanos.forEach((stage, sum) -> seconds.put(stage, sum.sum() / 1e9));
    return seconds;
  }
}
