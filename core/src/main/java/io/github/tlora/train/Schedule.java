package io.github.tlora.train;

/**
 * The learning rate's course: up from 0 over the warm-up, then down to 0 at the end, both linear,
 * as Hugging Face's {@code get_linear_schedule_with_warmup}.
 *
 * @param warmup steps of the rise
 * @param total all steps
 */
public record Schedule(long warmup, long total) {
  /** Warms up over {@code ratio} of {@code total}, rounded down. */
  public static Schedule linear(double ratio, long total) {
    return new Schedule((long) (ratio * total), total);
  }

  /** The factor on the peak learning rate at {@code step}, from 0. */
  public double factor(long step) {
    return step < warmup
        ? (double) step / warmup
        : Math.max(0, (double) (total - step) / Math.max(1, total - warmup));
  }
}
