package io.github.tlora.train;

/**
 * The learning rate's course: up from 0 over the warm-up, then as its kind has it. The values are
 * those of Hugging Face's {@code get_scheduler} of the same name (transformers, optimization.py).
 *
 * @param power of a polynomial; the others do not read it
 * @param warmup steps of the linear rise
 * @param total all steps
 */
public record Schedule(Kind kind, double power, long warmup, long total) {

  /** What comes after the warm-up. */
  public enum Kind {
    /** Straight down to 0 at the last step. */
    LINEAR,
    /** Half a cosine wave down to 0. */
    COSINE,
    /** The peak to the end. */
    CONSTANT,
    /** The linear fall to a power: fast at first, then slower. */
    POLYNOMIAL
  }

  /** The factor on the peak learning rate at {@code step}, from 0. */
  public double factor(long step) {
    if (step < warmup) {
      return (double) step / warmup;
    }
    double left = Math.max(0, (double) (total - step) / Math.max(1, total - warmup));
    return switch (kind) {
      case LINEAR -> left;
      case COSINE -> 0.5 * (1 + Math.cos(Math.PI * (1 - left)));
      case CONSTANT -> 1;
      case POLYNOMIAL -> Math.pow(left, power);
    };
  }
}
