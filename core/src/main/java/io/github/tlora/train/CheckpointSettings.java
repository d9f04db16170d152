package io.github.tlora.train;

import io.github.tlora.Setting;

/**
 * When the state of a training is saved, beside after each evaluation, and how many are kept.
 *
 * @param steps optimizer steps from one to the next; null saves after evaluations only
 * @param keep the newest states that are kept beside the last one
 */
public record CheckpointSettings(Integer steps, Integer keep) {
  public CheckpointSettings {
    if (steps != null) {
      Setting.atLeast("steps", steps, 1);
    }
    keep = Setting.atLeast("keep", keep == null ? 0 : keep, 0);
  }

  /** All defaults. */
  public static CheckpointSettings defaults() {
    return new CheckpointSettings(null, null);
  }

  /** Whether the state is saved after {@code step}. */
  boolean isDue(long step) {
    return steps != null && step % steps == 0;
  }
}
