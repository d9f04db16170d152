package io.github.tlora.train;

import io.github.tlora.Key;
import io.github.tlora.Setting;

/** When the state of a training is saved, beside after each evaluation, and how many are kept. */
public record CheckpointSettings(
    @Key(
            value = "Steps from one saved state to the next.",
            unset = "after evaluations only",
            min = 1)
        Integer steps,
    @Key(value = "How many of the newest states are kept beside the last one.", min = 0)
        Integer keep) {
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
