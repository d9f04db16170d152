package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.tensor.Ops;

/** Multi-head self-attention of BERT and RoBERTa, without its output layer. */
public final class SelfAttention implements Attention {
  private final Projection query;
  private final Projection key;
  private final Projection value;
  private final int heads;

  /** Declares the three projections under {@code path}, such as {@code ....attention.self}. */
  public SelfAttention(Wiring wiring, int layer, String path, int width, int heads) {
    query = wiring.projection(layer, Part.QUERY, path + ".query", width, width);
    key = wiring.projection(layer, Part.KEY, path + ".key", width, width);
    value = wiring.projection(layer, Part.VALUE, path + ".value", width, width);
    this.heads = heads;
  }

  @Override
  public NDArray forward(
      NDArray rows, NDArray x, Context context, Dropouts dropouts, boolean training) {
    return Ops.attention(
        query.forward(rows, training),
        key.forward(x, training),
        value.forward(x, training),
        context.mask(),
        heads,
        dropouts.attention());
  }
}
