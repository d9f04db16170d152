package io.github.tlora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/**
 * The life of the arrays of one step. Everything made while it is open is closed with it, whichever
 * manager DJL attached it to, except what {@link #keep} hands out.
 *
 * <p>It also owns the thread's gradient mode, which DJL switches off only for the thread that
 * started the engine.
 */
public final class Scope implements AutoCloseable {
  private final NDManager manager;
  private final NDScope arrays;
  private final boolean gradBefore;

  private Scope(NDManager manager, boolean grad) {
    this.gradBefore = JniUtils.isGradMode();
    this.manager = manager;
    this.arrays = new NDScope();
    JniUtils.setGradMode(grad);
  }

  /** A step whose operations are recorded for {@link #backward}. */
  public static Scope training(NDManager parent) {
    return new Scope(parent.newSubManager(), true);
  }

  /** A step without gradients. */
  public static Scope inference(NDManager parent) {
    return new Scope(parent.newSubManager(), false);
  }

  /** Makes the arrays that come from Java: they live until the scope closes, past backward. */
  public NDManager manager() {
    return manager;
  }

  /** Adds the gradients of {@code loss} to every trained tensor that it depends on. */
  public void backward(NDArray loss) {
    try (NDArray one = loss.onesLike()) {
      backward(loss, one);
    }
  }

  /** Goes on from {@code gradient}, the loss's with respect to {@code array}. */
  public void backward(NDArray array, NDArray gradient) {
    JniUtils.backward((PtNDArray) array, (PtNDArray) gradient, false, false);
  }

  /** Lets {@code array} outlive this scope: it then belongs to {@code owner}. */
  public NDArray keep(NDArray array, NDManager owner) {
    NDScope.unregister(array);
    array.attach(owner);
    return array;
  }

  /**
   * Opens a scope inside a step for intermediate results: their handles are closed early, so that
   * only what autograd needs stays in memory.
   */
  public static Inner inner() {
    return new Inner();
  }

  /** Intermediate results inside a step. */
  public static final class Inner implements AutoCloseable {
    private final NDScope arrays = new NDScope();

    private Inner() {}

    /** Hands {@code result} to the step around this scope. */
    public NDArray keep(NDArray result) {
      NDScope.unregister(result);
      return result;
    }

    @Override
    public void close() {
      arrays.close();
    }
  }

  @Override
  public void close() {
    arrays.close();
    manager.close();
    JniUtils.setGradMode(gradBefore);
  }
}
