package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.PackedWeight;
import io.github.tlora.tensor.Scope;
import java.util.Optional;

/** A linear layer of the encoder, with the change that a method may have attached. */
public final class Projection {
  private final Site site;
  private final Param weight;
  private final Param bias;
  private final Delta delta;
  private final Precision precision;

  Projection(Site site, Param weight, Param bias, Delta delta, Precision precision) {
    this.site = site;
    this.weight = weight;
    this.bias = bias;
    this.delta = delta;
    this.precision = precision;
  }

  public Site site() {
    return site;
  }

  public Param weight() {
    return weight;
  }

  /** The change, if a method attached one. */
  public Optional<Delta> delta() {
    return Optional.ofNullable(delta);
  }

  /** x (..., in) to (..., out), in the precision of the encoder; a change acts in F32. */
  public NDArray forward(NDArray x, boolean training) {
    if (delta == null) {
      return product(x);
    }
    NDArray from = Scope.cut(x); // two read it
    return delta.apply(Ops.inF32(from), Ops.inF32(product(from)), training);
  }

  private NDArray product(NDArray x) {
    NDArray b = bias == null ? null : bias.array();
    boolean trainsBias = bias != null && bias.isTrained();
    if (weight.packed().isPresent()) {
      PackedWeight packed = weight.packed().get();
      return trainsBias ? packed.product(x, null).add(b) : packed.product(x, b);
    }
    return weight.isTrained() || trainsBias || precision.dtype() != Dtype.F32
        ? Ops.linear(x, weight.array(), b, precision.dtype())
        : Ops.frozenLinear(x, weight.array(), b);
  }

  /** The layer's bias, if it has one. */
  public Optional<Param> bias() {
    return Optional.ofNullable(bias);
  }

  /** The weight with the change merged in, as a new array that {@code owner} closes: (out, in). */
  public NDArray mergedWeight(NDManager owner) {
    try (Scope step = Scope.inference(owner)) {
      NDArray merged = delta == null ? weight.array().duplicate() : delta.weight(weight.array());
      return step.keep(merged, owner);
    }
  }
}
