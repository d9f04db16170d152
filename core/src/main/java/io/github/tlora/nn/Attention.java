package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;

/** The attention of one encoder layer, without its output layer. */
public interface Attention {
  /**
   * What all layers of one pass share.
   *
   * @param mask additive mask (B, 1, 1, K), from {@link io.github.tlora.tensor.Ops#additiveMask}
   * @param relative DeBERTa's relative positions, or null for absolute ones
   */
  record Context(NDArray mask, RelativePositions relative) {}

  /**
   * What the positions {@code rows} attend to.
   *
   * @param rows the first S positions of x, (B, S, D), or x itself
   * @param x all positions, (B, T, D)
   * @return (B, S, D)
   */
  NDArray forward(NDArray rows, NDArray x, Context context, Dropouts dropouts, boolean training);
}
