package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;

/**
 * The embeddings of relative positions that rows of T keys need (arXiv 2006.03654, eq. 3).
 *
 * @param table the middle of the embeddings' table, (n, D)
 * @param distances -(T-1) .. T-1, in buckets where the model has them, (2T - 1)
 * @param middle the table's row of distance 0
 */
public record RelativePositions(NDArray table, NDArray distances, int middle) {
  /** The embedding of each distance, after dropout on the table: (2T - 1, D). */
  NDArray embeddings(double dropout) {
    return Scope.cut(Ops.rowsByDistance(Ops.dropout(table, dropout), distances, middle));
  }
}
