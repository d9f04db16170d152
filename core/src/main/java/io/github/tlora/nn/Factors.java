package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;

/**
 * An update of a weight as the product of two thin matrices, {@code up down}: what a LoRA of the
 * same effect holds.
 *
 * @param down (r, in), LoRA's A
 * @param up (out, r), LoRA's B with every scale in it
 */
public record Factors(NDArray down, NDArray up) {
  /** r. */
  public int rank() {
    return Math.toIntExact(down.getShape().get(0));
  }
}
