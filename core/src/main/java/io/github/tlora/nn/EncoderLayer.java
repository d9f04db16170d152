package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import java.util.Optional;

/**
 * One transformer layer with normalisation after each residual, as in BERT, RoBERTa and DeBERTa:
 *
 * <pre>
 * h = norm(x + dropout(W_o attention(x)))
 * y = norm(h + dropout(W_2 act(W_1 h)))
 * </pre>
 *
 * A method's hook on a sublayer acts after its dropout, before the residual is added.
 */
public final class EncoderLayer {
  private final Attention attention;
  private final Projection attentionOutput;
  private final Optional<Hook> attentionHook;
  private final LayerNorm attentionNorm;
  private final Projection intermediate;
  private final Activation activation;
  private final Projection output;
  private final Optional<Hook> outputHook;
  private final LayerNorm outputNorm;

  /**
   * Declares the layer's parameters under {@code path}, such as {@code bert.encoder.layer.0}.
   *
   * @param attention declared by the caller, whose form differs by family
   */
  public EncoderLayer(
      Wiring wiring, int layer, String path, Attention attention, LayerShape shape) {
    int width = shape.width();
    this.attention = attention;
    attentionOutput =
        wiring.projection(
            layer, Part.ATTENTION_OUTPUT, path + ".attention.output.dense", width, width);
    attentionHook =
        wiring.sublayer(
            new Sublayer(layer, Sublayer.Kind.ATTENTION, path + ".attention.output", width));
    attentionNorm =
        wiring.layerNorm(path + ".attention.output.LayerNorm", width, shape.normEpsilon());
    intermediate =
        wiring.projection(
            layer, Part.INTERMEDIATE, path + ".intermediate.dense", width, shape.inner());
    activation = shape.activation();
    output = wiring.projection(layer, Part.OUTPUT, path + ".output.dense", shape.inner(), width);
    outputHook =
        wiring.sublayer(new Sublayer(layer, Sublayer.Kind.FEED_FORWARD, path + ".output", width));
    outputNorm = wiring.layerNorm(path + ".output.LayerNorm", width, shape.normEpsilon());
  }

  /**
   * Widths and constants of a layer.
   *
   * @param width D
   * @param inner width of the feed-forward layer
   */
  public record LayerShape(int width, int inner, Activation activation, double normEpsilon) {}

  /**
   * The layer's output at its first positions.
   *
   * @param x (B, T, D)
   * @param positions how many positions are computed, S: T, or 1 where no more is read
   * @return (B, S, D)
   */
  public NDArray forward(
      NDArray x, long positions, Attention.Context shared, Dropouts dropouts, boolean training) {
    try (Scope.Inner inner = Scope.inner()) {
      NDArray first = Ops.firstPositions(x, positions);
      NDArray rows = first == x ? x : Scope.cut(first);
      NDArray context = attention.forward(rows, x, shared, dropouts, training);
      NDArray attended = attentionOutput.forward(context, training);
      NDArray middle =
          Scope.cut(add(attended, rows, attentionHook, attentionNorm, dropouts, training));
      NDArray widened = activation.apply(intermediate.forward(middle, training));
      NDArray narrowed = output.forward(widened, training);
      return inner.keep(add(narrowed, middle, outputHook, outputNorm, dropouts, training));
    }
  }

  /** norm(hook(dropout(x)) + residual), in one operation where there is no hook. */
  private static NDArray add(
      NDArray x,
      NDArray residual,
      Optional<Hook> hook,
      LayerNorm norm,
      Dropouts dropouts,
      boolean training) {
    if (hook.isEmpty()) {
      return norm.afterResidual(x, residual, dropouts.hidden());
    }
    NDArray changed = hook.get().apply(Ops.dropout(Ops.inF32(x), dropouts.hidden()), training);
    return norm.afterResidual(changed, residual, 0);
  }
}
