package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;

/** The attention of one encoder layer, without its output layer. */
public interface Attention {
  /**
   * What all layers of one pass share.
   *
   * @param mask additive mask (B, 1, 1, T)
   * @param relative relative positions (T, T), or null for absolute ones
   * @param positions embeddings of relative positions (2 span, D), or null
   */
  record Context(NDArray mask, NDArray relative, NDArray positions) {}

  /** x (B, T, D) to (B, T, D). */
  NDArray forward(NDArray x, Context context, Dropouts dropouts, boolean training);
}
