package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import io.github.tlora.nn.Activation;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Wiring;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.Ops;

/** What turns the last hidden state into logits. */
@FunctionalInterface
public interface Head {
  /**
   * Logits of a batch.
   *
   * @param states last hidden state (B, T, D), or what it {@link HeadSettings#readsFirstOnly reads}
   *     of it (B, 1, D)
   * @return (B, labels)
   */
  NDArray logits(NDArray states, Input input, boolean training);

  /** A linear layer of a head, new unless the checkpoint's head is asked for. */
  record Layer(Param weight, Param bias) {
    NDArray forward(NDArray x) {
      return Ops.linear(x, weight.array(), bias.array());
    }

    static Layer declare(Wiring wiring, String path, int in, int out, double deviation) {
      return new Layer(
          wiring.params().declare(path + ".weight", Role.HEAD, Init.normal(deviation), out, in),
          wiring.params().declare(path + ".bias", Role.HEAD, Init.zeros(), out));
    }
  }

  /** Dropout and one layer on the first token's state or on the mean of all. */
  static Head linear(Wiring wiring, Architecture of, HeadSettings.Pooling pooling, int labels) {
    Layer classifier =
        Layer.declare(wiring, "classifier", of.hiddenSize(), labels, of.initializerRange());
    double dropout = wiring.headDropout(of.classifierDropout());
    return (states, input, training) -> {
      NDArray pooled =
          pooling == HeadSettings.Pooling.MEAN
              ? Ops.meanPool(states, input.mask())
              : Ops.firstToken(states);
      return classifier.forward(Ops.dropout(pooled, training ? dropout : 0));
    };
  }

  /** dropout, dense, activation, dropout, one layer, on the first token's state. */
  static Head twoLayers(Wiring wiring, Traits of, Activation activation, int labels) {
    int width = of.hiddenSize();
    double deviation = of.initializerRange();
    Layer dense = Layer.declare(wiring, "classifier.dense", width, width, deviation);
    Layer output = Layer.declare(wiring, "classifier.out_proj", width, labels, deviation);
    double dropout = wiring.headDropout(of.classifierDropout());
    return (states, input, training) -> {
      double share = training ? dropout : 0;
      NDArray first = Ops.dropout(Ops.firstToken(states), share);
      NDArray active = activation.apply(dense.forward(first));
      return output.forward(Ops.dropout(active, share));
    };
  }
}
