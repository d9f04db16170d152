package io.github.tlora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;

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
  private final Tape tapeBefore;
  private final Tape tape; // null without gradients

  private Scope(NDManager manager, boolean grad) {
    this.gradBefore = JniUtils.isGradMode();
    this.tapeBefore = Tape.current();
    this.manager = manager;
    this.arrays = new NDScope();
    this.tape = grad ? new Tape() : null;
    JniUtils.setGradMode(grad);
    Tape.use(tape);
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

  /**
   * Cuts the graph at {@code x}, which more than one reader has: what is computed from the result
   * has its gradient gathered here before it goes on into x. Nothing else may read x.
   *
   * @return the same values; x itself where nothing is recorded, or x begins a graph already
   */
  public static NDArray cut(NDArray x) {
    return Tape.recording(x).map(tape -> tape.cut(x)).orElse(x);
  }

  /** Adds the gradients of {@code loss} to every trained tensor that it depends on. */
  public void backward(NDArray loss) {
    backward(loss, 0);
  }

  /** The same, down to the graph that was there when {@link #cuts} was {@code from}. */
  public void backward(NDArray loss, int from) {
    try (NDArray one = loss.onesLike()) {
      backward(loss, one, from);
    }
  }

  /**
   * Goes on from {@code gradient}, the loss's with respect to {@code array}, down to the graph that
   * was there when {@link #cuts} was {@code from}.
   */
  public void backward(NDArray array, NDArray gradient, int from) {
    Tape.backward(array, gradient);
    tape.backward(from);
  }

  /** How many cuts the graph has so far. */
  public int cuts() {
    return tape.size();
  }

  /** Drops what was recorded since {@link #cuts} was {@code from}: no gradient goes there. */
  public void forget(int from) {
    tape.forget(from);
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
    private final List<NDArray> kept = new ArrayList<>();

    private Inner() {}

    /** Hands {@code result} to the scope around this one. */
    public NDArray keep(NDArray result) {
      NDScope.unregister(result);
      kept.add(result);
      return result;
    }

    @Override
    public void close() {
      arrays.close();
      kept.forEach(NDScope::register); // now the scope around this one is the innermost
    }
  }

  @Override
  public void close() {
    arrays.close();
    manager.close();
    JniUtils.setGradMode(gradBefore);
    Tape.use(tapeBefore);
  }
}
