package io.github.tlora.tensor;

import java.util.Arrays;

/** How a tensor starts: values drawn from its own named stream, never from the engine. */
@FunctionalInterface
public interface Init {
  /** {@code count} first values, row by row. */
  float[] values(int count, SplitMix64 stream);

  /** All zeros. */
  static Init zeros() {
    return (count, stream) -> new float[count];
  }

  /** All ones. */
  static Init ones() {
    return (count, stream) -> {
      float[] values = new float[count];
      Arrays.fill(values, 1f);
      return values;
    };
  }

  /** N(0, deviation^2). */
  static Init normal(double deviation) {
    return (count, stream) -> stream.normal(count, deviation);
  }

  /** U(-bound, bound). */
  static Init uniform(double bound) {
    return (count, stream) -> stream.uniform(count, bound);
  }
}
