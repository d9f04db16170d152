package io.github.tlora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.Optional;

/**
 * A frozen matrix laid out once as oneDNN's products read it, which are a tenth to a quarter faster
 * than those of a plain matrix, that is laid out anew in each. The gradient of its input is a
 * product as well, with a layout of its own, which {@link Tape} has computed.
 *
 * <p>F32 on a CPU only. Closed by the manager of the matrix.
 */
public final class PackedWeight {
  private final NDArray forward;
  private final NDArray backward; // the transposed matrix's; null without gradients

  private PackedWeight(NDArray forward, NDArray backward) {
    this.forward = forward;
    this.backward = backward;
  }

  /** Whether the engine has packed products for the arrays of {@code manager}. */
  public static boolean isSupported(NDManager manager) {
    return Torch.isOnCpu(manager) && OpPack.packed().isPresent();
  }

  /**
   * Copies {@code w} (out, in) into the layout of the products.
   *
   * @param forGradients whether gradients of inputs will be asked for, for which it is copied twice
   */
  public static PackedWeight of(NDArray w, boolean forGradients) {
    OpPack ops = OpPack.packed().orElseThrow();
    return new PackedWeight(
        ops.tensor(w.getManager(), "pack", w),
        forGradients ? ops.tensor(w.getManager(), "pack_transposed", w) : null);
  }

  /** Whether it has what gradients need. */
  public boolean hasGradients() {
    return backward != null;
  }

  /**
   * {@code x w^T + b}; x (..., in), b (out) or null, which gathers no gradient here.
   *
   * @throws IllegalStateException where the gradient of x would be lost: outside of a {@link
   *     Scope#training} scope, or where there is no layout for it
   */
  public NDArray product(NDArray x, NDArray b) {
    OpPack ops = OpPack.packed().orElseThrow();
    List<NDArray> bias = b == null ? List.of() : List.of(b);
    List<NDArray> transposed = backward == null ? List.of() : List.of(backward);
    Optional<Tape> tape = Tape.recording(x);
    if (tape.isPresent() && backward != null) {
      return tape.get().record(ops, "product", new NDArray[] {x}, forward, transposed, bias);
    }
    if (JniUtils.isGradMode() && Ops.hasGradient(x)) {
      throw new IllegalStateException("a packed product whose gradient nothing records");
    }
    return ops.tensors(x.getManager(), "product", x, forward, transposed, bias)[0];
  }

  /** The plain matrix again, bit by bit (out, in); owned by the manager of the first one. */
  public NDArray unpack() {
    NDManager owner = forward.getManager();
    NDArray plain = OpPack.packed().orElseThrow().tensor(owner, "unpack", forward);
    NDScope.unregister(plain); // a step may ask for it
    return plain;
  }

  /** Gives the memory back. */
  public void close() {
    forward.close();
    if (backward != null) {
      backward.close();
    }
  }
}
