package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;

/** A change to the states between two parts of an encoder. */
@FunctionalInterface
public interface Hook {
  /** Changes nothing. */
  Hook NONE = (x, training) -> x;

  /**
   * The changed states.
   *
   * @param x states (B, T, D)
   * @param training whether dropout is on
   * @return states (B, T, D)
   */
  NDArray apply(NDArray x, boolean training);
}
