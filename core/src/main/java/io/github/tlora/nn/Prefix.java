package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.tensor.Ops;

/**
 * Trained vectors (l, D) that stand after the first token of every row: without position embedding,
 * attended by every token, and never read by a head.
 */
public record Prefix(Param vectors) {
  /** l. */
  public int length() {
    return Math.toIntExact(vectors.shape().get(0));
  }

  /** States (B, T, D) with the vectors in them: (B, T + l, D). */
  public NDArray insertInto(NDArray x) {
    return Ops.insertAfterFirst(x, vectors.array());
  }

  /** States (B, T + l, D) with the vectors in place of what stands at their positions. */
  public NDArray replaceIn(NDArray x) {
    return Ops.replaceAfterFirst(x, vectors.array());
  }

  /** States (B, T + l, D) without those at the vectors' positions: (B, T, D). */
  public NDArray removeFrom(NDArray x) {
    return Ops.removeAfterFirst(x, length());
  }

  /** A mask (B, T) that has the vectors attended: (B, T + l). */
  public NDArray extend(NDArray mask) {
    return Ops.extendMask(mask, length());
  }
}
