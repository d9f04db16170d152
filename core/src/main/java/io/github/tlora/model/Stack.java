package io.github.tlora.model;

import io.github.tlora.nn.Dropouts;
import io.github.tlora.nn.EncoderLayer.LayerShape;

/** The layers of an encoder, as every family's config.json names their sizes. */
public record Stack(int layers, int heads, LayerShape layer, Dropouts dropouts) {
  /** No published encoder has a tenth of this. */
  private static final int MOST_LAYERS = 1_000;

  static Stack read(ConfigJson json, double normEpsilon) {
    int width = json.size("hidden_size");
    return new Stack(
        json.size("num_hidden_layers", null, MOST_LAYERS),
        json.divisor("num_attention_heads", null, "hidden_size", width),
        new LayerShape(
            width,
            json.size("intermediate_size"),
            json.activation("hidden_act", "gelu"),
            json.notNegative("layer_norm_eps", normEpsilon)),
        new Dropouts(
            json.probability("hidden_dropout_prob", 0.1),
            json.probability("attention_probs_dropout_prob", 0.1)));
  }

  /** D. */
  public int width() {
    return layer.width();
  }
}
