package io.github.tlora.tensor;

/**
 * SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) with the two distributions that adapters start
 * from. Same bits on every platform: integer arithmetic and {@link StrictMath} only.
 */
public final class SplitMix64 {
  private long state;

  public SplitMix64(long state) {
    this.state = state;
  }

  /** The state from which another generator goes on as this one does. */
  public long state() {
    return state;
  }

  /** The next 64 bits. */
  public long nextLong() {
    state += 0x9E3779B97F4A7C15L;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Uniform in (0, 1]: the upper 53 bits plus one, over 2^53. */
  public double nextUniform() {
    return ((nextLong() >>> 11) + 1) * 0x1.0p-53;
  }

  /** Uniform in 0 .. bound - 1, by rejection of the uneven rest. */
  public int nextInt(int bound) {
    long limit = Long.divideUnsigned(-1L, bound) * bound;
    long bits = nextLong();
    while (Long.compareUnsigned(bits, limit) >= 0) {
      bits = nextLong();
    }
    return (int) Long.remainderUnsigned(bits, bound);
  }

  /**
   * {@code count} values of N(0, deviation^2): Box-Muller pairs, cosine first, rounded to float.
   */
  public float[] normal(int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i += 2) {
      double radius = deviation * StrictMath.sqrt(-2 * StrictMath.log(nextUniform()));
      double angle = 2 * StrictMath.PI * nextUniform();
      values[i] = (float) (radius * StrictMath.cos(angle));
      if (i + 1 < count) {
        values[i + 1] = (float) (radius * StrictMath.sin(angle));
      }
    }
    return values;
  }

  /** {@code count} values of N(0, deviation^2) that are at most two deviations from 0. */
  public float[] truncatedNormal(int count, double deviation) {
    float[] values = new float[count];
    int filled = 0;
    while (filled < count) {
      for (float value : normal(2, deviation)) {
        if (filled < count && Math.abs(value) <= 2 * deviation) {
          values[filled++] = value;
        }
      }
    }
    return values;
  }

  /** {@code count} values uniform in (-bound, bound], rounded to float. */
  public float[] uniform(int count, double bound) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (bound * (2 * nextUniform() - 1));
    }
    return values;
  }

  /** 0 .. count - 1 in random order: Fisher-Yates from the top. */
  public int[] permutation(int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    shuffle(order);
    return order;
  }

  /** Puts {@code order} in random order. */
  public void shuffle(int[] order) {
    for (int i = order.length - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
  }
}
