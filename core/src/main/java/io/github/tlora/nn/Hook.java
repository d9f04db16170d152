package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;

/** A change to the states between two parts of an encoder. */
@FunctionalInterface
public interface Hook {
  /** Changes nothing. */
  Hook NONE = (x, training) -> x;

  /**
   * The changed states. A change on the encoder's last layer acts on each position alone: where no
   * more is read, it is given the first one.
   *
   * @param x states (B, T, D)
   * @param training whether dropout is on
   * @return states (B, T, D)
   */
  NDArray apply(NDArray x, boolean training);
}
