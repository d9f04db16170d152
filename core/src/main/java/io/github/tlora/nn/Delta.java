package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.tensor.Ops;
import java.util.Optional;

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

  /**
   * The base weight again: undoes {@link #weight}, up to rounding.
   *
   * @param merged what {@link #weight} gave, (out, in)
   * @param norms what {@link #norms} gave for the base weight
   * @return a new array, (out, in)
   */
  NDArray base(NDArray merged, NDArray norms);

  /** What {@link #base} must know of the base weight besides the merged one; null for nothing. */
  default NDArray norms(NDArray w0) {
    return null;
  }

  /** Whether {@link #apply} reads the base weight itself, which then is kept as a plain matrix. */
  default boolean readsWeight() {
    return false;
  }

  /** The update as a LoRA of the same effect, exact up to rounding; empty where there is none. */
  default Optional<Factors> asLora() {
    return Optional.empty();
  }

  /** A change that adds the product of two thin matrices to the weight. */
  interface LowRank extends Delta {
    /** The update's factors, as new arrays. */
    Factors factors();

    @Override
    default NDArray weight(NDArray w0) {
      Factors update = factors();
      return Ops.loraWeight(w0, update.down(), update.up(), 1);
    }

    @Override
    default NDArray base(NDArray merged, NDArray norms) {
      Factors update = factors();
      return Ops.loraWeight(merged, update.down(), update.up(), -1);
    }

    @Override
    default Optional<Factors> asLora() {
      return Optional.of(factors());
    }
  }
}
