package io.github.tlora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a step's graph is cut, in the order of the forward pass. Autograd knows nothing of a packed
 * product, so that its graph ends there and a new one begins; the backward pass takes the pieces
 * from the last to the first, and carries the gradient over each cut.
 *
 * <p>A piece must not be entered twice, since its values are given back as the gradient goes
 * through it. So what several cuts or operations read is cut itself, by {@link Scope#cut}.
 */
final class Tape {
  private static final ThreadLocal<Tape> CURRENT = new ThreadLocal<>();

  private final List<Cut> cuts = new ArrayList<>();

  /**
   * One cut.
   *
   * @param upper the end of the graph before it
   * @param lower the beginning of the graph after it, which gathers the gradient
   * @param weight of the product between them; null where they are the same values
   */
  private record Cut(NDArray upper, NDArray lower, PackedWeight weight) {
    void carryGradient() {
      if (OpPack.get().count("holds_gradient", lower) == 1) {
        NDArray gradient = lower.getGradient();
        NDArray carried = weight == null ? gradient : weight.gradient(gradient);
        backward(upper, carried);
        carried.close();
        gradient.close();
      }
      close();
    }

    void close() {
      upper.close();
      lower.close();
    }
  }

  /** The tape of this thread's training scope, or null. */
  static Tape current() {
    return CURRENT.get();
  }

  /** Has this thread record on {@code tape}, or not at all with null. */
  static void use(Tape tape) {
    CURRENT.set(tape);
  }

  /** Whether what is computed from {@code x} has to be recorded. */
  static boolean records(NDArray x) {
    return CURRENT.get() != null && JniUtils.isGradMode() && Ops.hasGradient(x);
  }

  /**
   * Begins a new graph with {@code y}, which came from {@code x} by the product with {@code
   * weight}, or without one is {@code x}.
   *
   * @return the values of y in the new graph
   */
  NDArray continued(NDArray x, NDArray y, PackedWeight weight) {
    NDArray upper = OpPack.get().tensor(x.getManager(), "upper_end", x);
    NDArray[] lower = OpPack.get().tensors(x.getManager(), "lower_end", y);
    NDScope.unregister(upper);
    NDScope.unregister(lower[0]);
    cuts.add(new Cut(upper, lower[0], weight));
    return lower[1];
  }

  int size() {
    return cuts.size();
  }

  /** Carries the gradient over all cuts but the first {@code kept}. */
  void backward(int kept) {
    while (cuts.size() > kept) {
      cuts.remove(cuts.size() - 1).carryGradient();
    }
  }

  /** Drops all cuts but the first {@code kept}. */
  void forget(int kept) {
    while (cuts.size() > kept) {
      cuts.remove(cuts.size() - 1).close();
    }
  }

  /** Goes through autograd's own graph. */
  static void backward(NDArray array, NDArray gradient) {
    JniUtils.backward((PtNDArray) array, (PtNDArray) gradient, false, false);
  }
}
