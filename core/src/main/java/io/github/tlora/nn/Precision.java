package io.github.tlora.nn;

import io.github.tlora.tensor.Dtype;

/**
 * In which type an encoder's matrix products and its attention are computed. Layer normalisation,
 * softmax, sums over residuals, methods' changes and everything that is trained stay F32.
 */
public final class Precision {
  private Dtype dtype = Dtype.F32;

  /** F32, in which a product takes a weight's own type; or the type of every product. */
  public Dtype dtype() {
    return dtype;
  }

  /** Computes in {@code other} from now on. */
  public void set(Dtype other) {
    dtype = other;
  }
}
