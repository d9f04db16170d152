package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.tensor.Ops;

/**
 * DeBERTa-v2's and v3's attention (arXiv 2006.03654): queries and keys of relative positions come
 * from the same projections as those of tokens ({@code share_att_key}) or from their own.
 */
public final class DisentangledAttention implements Attention {
  private final Projection query;
  private final Projection key;
  private final Projection value;
  private final Projection positionKey;
  private final Projection positionQuery;
  private final int heads;

  /**
   * Which terms there are.
   *
   * @param contentToPosition {@code c2p}
   * @param positionToContent {@code p2c}
   * @param shared {@code share_att_key}
   */
  public record Terms(boolean contentToPosition, boolean positionToContent, boolean shared) {}

  public DisentangledAttention(
      Wiring wiring, int layer, String path, int width, int heads, Terms terms) {
    query = wiring.projection(layer, Part.QUERY, path + ".query_proj", width, width);
    key = wiring.projection(layer, Part.KEY, path + ".key_proj", width, width);
    value = wiring.projection(layer, Part.VALUE, path + ".value_proj", width, width);
    positionKey =
        !terms.contentToPosition()
            ? null
            : terms.shared()
                ? key
                : wiring.projection(layer, Part.POS_KEY, path + ".pos_key_proj", width, width);
    positionQuery =
        !terms.positionToContent()
            ? null
            : terms.shared()
                ? query
                : wiring.projection(layer, Part.POS_QUERY, path + ".pos_query_proj", width, width);
    this.heads = heads;
  }

  @Override
  public NDArray forward(
      NDArray rows, NDArray x, Context context, Dropouts dropouts, boolean training) {
    NDArray positions = context.relative().embeddings(dropouts.hidden());
    return Ops.disentangledAttention(
        query.forward(rows, training),
        key.forward(x, training),
        value.forward(x, training),
        positionKey == null ? null : positionKey.forward(positions, training),
        positionQuery == null ? null : positionQuery.forward(positions, training),
        context.mask(),
        heads,
        dropouts.attention());
  }
}
