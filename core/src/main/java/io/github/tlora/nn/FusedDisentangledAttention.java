package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;

/**
 * DeBERTa-v1's attention (arXiv 2006.03654): one projection gives query, key and value, its rows
 * alternating by head; relative positions have projections of their own.
 */
public final class FusedDisentangledAttention implements Attention {
  private final Projection fused;
  private final Param queryBias;
  private final Param valueBias;
  private final Projection positionKey;
  private final Projection positionQuery;
  private final int heads;

  /** Declares the parameters under {@code path}. */
  public FusedDisentangledAttention(
      Wiring wiring,
      int layer,
      String path,
      int width,
      int heads,
      boolean contentToPosition,
      boolean positionToContent) {
    fused =
        wiring.projection(new Site(layer, Part.QKV, path + ".in_proj", width, 3 * width), false);
    queryBias = wiring.bias(path + ".q_bias", width);
    valueBias = wiring.bias(path + ".v_bias", width);
    positionKey =
        contentToPosition
            ? wiring.projection(
                new Site(layer, Part.POS_KEY, path + ".pos_proj", width, width), false)
            : null;
    positionQuery =
        positionToContent
            ? wiring.projection(layer, Part.POS_QUERY, path + ".pos_q_proj", width, width)
            : null;
    this.heads = heads;
  }

  @Override
  public NDArray forward(
      NDArray rows, NDArray x, Context context, Dropouts dropouts, boolean training) {
    NDArray[] qkv =
        Ops.splitQkv(
            Scope.cut(fused.forward(x, training)), // three are read of it
            heads,
            queryBias.array(),
            valueBias.array());
    NDArray positions = context.relative().embeddings(dropouts.hidden());
    return Ops.disentangledAttention(
        Ops.firstPositions(qkv[0], rows.getShape().get(1)),
        qkv[1],
        qkv[2],
        positionKey == null ? null : positionKey.forward(positions, training),
        positionQuery == null ? null : positionQuery.forward(positions, training),
        context.mask(),
        heads,
        dropouts.attention());
  }
}
