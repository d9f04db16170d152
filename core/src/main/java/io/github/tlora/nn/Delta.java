package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;

/**
 * A change to one linear layer {@code y = x W0^T + b}.
 *
 * <p>{@link #apply} is a pure function of its inputs: DeBERTa-v2 calls the same projection on
 * hidden states and on relative positions.
 */
public interface Delta {
  /**
   * The changed output.
   *
   * @param x input, (..., in)
   * @param y the base layer's output for {@code x}, (..., out)
   * @param training whether dropout is on
   * @return the changed output, (..., out)
   */
  NDArray apply(NDArray x, NDArray y, boolean training);

  /**
   * The weight that gives the changed output without this delta.
   *
   * @param w0 the base weight, (out, in)
   * @return a new array, (out, in)
   */
  NDArray weight(NDArray w0);
}
