package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.WeightSource;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One loaded base that takes up an adapter's change in its own weights, and gives it back by
 * subtraction: adapters are switched without loading the base again, and cost nothing while they
 * are in. What the base is after giving back differs from what it was by rounding.
 */
public final class MergedBase {
  private final SequenceClassifier base;
  private final NDManager manager;
  private final Deque<Runnable> undo = new ArrayDeque<>();

  /**
   * Changes the weights of {@code base} in place, and so those of every model that shares them.
   *
   * @param base without an adapter, its matrices kept as F32: half precision would lose the change
   */
  public MergedBase(SequenceClassifier base, NDManager manager) {
    if (base.params().of(Role.BASE).stream().anyMatch(param -> param.dtype() != Dtype.F32)) {
      throw new IllegalArgumentException("a base in half precision cannot take up an adapter");
    }
    this.base = base;
    this.manager = manager;
  }

  /**
   * Gives back what is in, and takes up {@code adapter}, which shares this base and can be merged.
   *
   * @return the model to predict with until the next switch: the base with the adapter's head
   */
  public SequenceClassifier switchTo(SequenceClassifier adapter) {
    giveBack();
    for (Projection projection : adapter.projections()) {
      projection.delta().ifPresent(delta -> add(delta, param(projection.weight())));
    }
    for (Param changed : adapter.params().of(Role.BASE)) {
      if (adapter.changes(changed)) {
        replace(param(changed), changed.array());
      }
    }
    SequenceClassifier merged =
        SequenceClassifier.declare(
            adapter.architecture(), adapter.headSettings(), adapter.labels(), Slots.NONE);
    merged.shareBase(base);
    merged.params().of(Role.HEAD).forEach(p -> p.share(adapter.params().get(p.name())));
    return merged;
  }

  /** Takes the adapter out again, if one is in. */
  public void giveBack() {
    while (!undo.isEmpty()) {
      undo.pop().run();
    }
  }

  private Param param(Param of) {
    return base.params().get(of.name());
  }

  private void add(Delta delta, Param weight) {
    try (Scope step = Scope.inference(manager)) {
      NDArray norms = delta.norms(weight.array());
      NDArray kept = norms == null ? null : step.keep(norms, manager);
      weight.overwrite(delta.weight(weight.array()));
      undo.push(() -> subtract(delta, weight, kept));
    }
  }

  @SuppressWarnings("try") // the scope closes what is made in it
  private void subtract(Delta delta, Param weight, NDArray norms) {
    try (Scope step = Scope.inference(manager)) {
      weight.overwrite(delta.base(weight.array(), norms));
    }
    if (norms != null) {
      norms.close();
    }
  }

  private void replace(Param weight, NDArray values) {
    NDArray before = weight.copy();
    weight.overwrite(values);
    undo.push(
        () -> {
          weight.overwrite(before);
          before.close();
        });
  }

  /**
   * How far the base's weights are from those of {@code source}, which they were loaded from: the
   * rounding that switching has left.
   */
  public double largestError(WeightSource source) {
    return BaseWeights.largestDifference(
        base.params().of(Role.BASE), source, base.architecture().prefix(), manager);
  }
}
