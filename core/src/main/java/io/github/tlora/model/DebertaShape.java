package io.github.tlora.model;

import io.github.tlora.nn.Activation;
import io.github.tlora.nn.Dropouts;
import io.github.tlora.nn.EncoderLayer.LayerShape;

/**
 * What DeBERTa v1 and v2 have in common in config.json.
 *
 * @param embeddingSize width of the embedding table, projected to D where it differs
 * @param absolutePositions {@code position_biased_input}
 * @param longest {@code max_relative_positions}; positions further apart count as this far
 * @param contentToPosition whether {@code pos_att_type} has {@code c2p}
 * @param positionToContent whether {@code pos_att_type} has {@code p2c}
 * @param poolerActivation of the native head
 */
record DebertaShape(
    int vocabSize,
    int embeddingSize,
    int maxPositions,
    int typeVocabSize,
    boolean absolutePositions,
    int layers,
    int heads,
    LayerShape layer,
    int longest,
    boolean contentToPosition,
    boolean positionToContent,
    Dropouts dropouts,
    double poolerDropout,
    double classifierDropout,
    Activation poolerActivation,
    double initializerRange,
    int padTokenId) {

  static DebertaShape read(ConfigJson json) {
    if (!json.flag("relative_attention", false)) {
      throw json.unsupported("relative_attention", "true");
    }
    int width = json.size("hidden_size");
    int heads = json.size("num_attention_heads");
    if (width % heads != 0 || json.whole("attention_head_size", width / heads) * heads != width) {
      throw json.unsupported("num_attention_heads", "heads of hidden_size / num_attention_heads");
    }
    if (json.flag("talking_head", false)) {
      throw json.unsupported("talking_head", "false");
    }
    double hiddenDropout = json.probability("hidden_dropout_prob", 0.1);
    int maxPositions = json.size("max_position_embeddings");
    int longest = json.whole("max_relative_positions", -1);
    return new DebertaShape(
        json.size("vocab_size"),
        json.whole("embedding_size", width),
        maxPositions,
        json.whole("type_vocab_size", 0),
        json.flag("position_biased_input", true),
        json.size("num_hidden_layers"),
        heads,
        new LayerShape(
            width,
            json.size("intermediate_size"),
            Activation.named(json.text("hidden_act", "gelu")),
            json.number("layer_norm_eps", 1e-7)),
        longest < 1 ? maxPositions : longest,
        json.lists("pos_att_type", "c2p"),
        json.lists("pos_att_type", "p2c"),
        new Dropouts(hiddenDropout, json.probability("attention_probs_dropout_prob", 0.1)),
        json.probability("pooler_dropout", 0),
        json.probability("cls_dropout", hiddenDropout),
        Activation.named(json.text("pooler_hidden_act", "gelu")),
        json.number("initializer_range", 0.02),
        json.whole("pad_token_id", 0));
  }
}
