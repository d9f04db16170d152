package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.tensor.Ops;

/** Layer normalisation over the last dimension. */
public record LayerNorm(Param gain, Param bias, double epsilon) {
  public NDArray forward(NDArray x) {
    return Ops.layerNorm(x, gain.array(), bias.array(), epsilon);
  }

  /** Normalises {@code dropout(x) + residual}. */
  public NDArray afterResidual(NDArray x, NDArray residual, double dropout) {
    return gain.isTrained() || bias.isTrained()
        ? forward(Ops.addDropped(residual, x, dropout))
        : Ops.frozenResidualNorm(x, residual, gain.array(), bias.array(), epsilon, dropout);
  }
}
