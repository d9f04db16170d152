package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import io.github.tlora.nn.Input;
import java.util.List;

/** A stack of transformer layers over token ids. */
public interface Encoder {
  /**
   * The embeddings' output and every layer's output, in order.
   *
   * @param input the batch, (B, T)
   * @param training whether the model's own dropouts are on
   * @return number of layers + 1 arrays of (B, T, D); they mean something only where the mask is 1
   */
  List<NDArray> hiddenStates(Input input, boolean training);
}
