package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.tensor.Ops;

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
  private final int longest;

  /**
   * Declares the parameters under {@code path}.
   *
   * @param longest relative positions told apart to each side: half the rows of their table
   */
  public FusedDisentangledAttention(
      Wiring wiring,
      int layer,
      String path,
      int width,
      int heads,
      boolean contentToPosition,
      boolean positionToContent,
      int longest) {
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
    this.longest = longest;
  }

  @Override
  public NDArray forward(NDArray x, Context context, Dropouts dropouts, boolean training) {
    NDArray[] qkv =
        Ops.splitQkv(fused.forward(x, training), heads, queryBias.array(), valueBias.array());
    int span = Math.toIntExact(Math.min(x.getShape().get(1), longest));
    NDArray near = Ops.middleRows(context.positions(), longest - span, 2L * span);
    NDArray positions = Ops.dropout(near, dropouts.hidden());
    return Ops.disentangledAttention(
        qkv[0],
        qkv[1],
        qkv[2],
        positionKey == null ? null : positionKey.forward(positions, training),
        positionQuery == null ? null : positionQuery.forward(positions, training),
        context.relative(),
        context.mask(),
        heads,
        span,
        dropouts.attention());
  }
}
