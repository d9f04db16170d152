package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Prefix;
import java.util.List;
import java.util.Optional;

/** A stack of transformer layers over token ids. */
public interface Encoder {
  /**
   * The embeddings' output and every layer's output, in order.
   *
   * @param input the batch, (B, T)
   * @param training whether the model's own dropouts are on
   * @return number of layers + 1 arrays of (B, T, D), all but the last one with a method's added
   *     positions in them; they mean something only where the mask is 1
   */
  List<NDArray> hiddenStates(Input input, boolean training);

  /** {@code states} with a prefix's positions taken out of the last one, which a head reads. */
  static List<NDArray> withoutPrefix(List<NDArray> states, Optional<Prefix> prefix) {
    int last = states.size() - 1;
    prefix.ifPresent(p -> states.set(last, p.removeFrom(states.get(last))));
    return states;
  }
}
