package io.github.tlora.model;

import io.github.tlora.nn.Activation;
import java.util.List;

/**
 * What DeBERTa v1 and v2 have in common in config.json.
 *
 * @param embeddingSize width of the embedding tables, projected to D where it differs
 * @param positions rows of the table of absolute positions; 0 without {@code position_biased_input}
 * @param longest {@code max_relative_positions}; positions further apart count as this far
 * @param terms {@code pos_att_type}
 */
record DebertaShape(
    Traits traits,
    int embeddingSize,
    int positions,
    int longest,
    List<String> terms,
    Pooler pooler) {

  /** The encoder's layers. */
  Stack stack() {
    return traits.stack();
  }

  /** The dense layer of the native head. */
  record Pooler(double dropout, Activation activation) {}

  static DebertaShape read(ConfigJson json) {
    if (!json.flag("relative_attention", false)) {
      throw json.unsupported("relative_attention", "true");
    }
    Stack stack = Stack.read(json, 1e-7);
    int width = stack.width();
    if (json.whole("pooler_hidden_size", width) != width) {
      throw json.unsupported("pooler_hidden_size", "hidden_size " + width);
    }
    int vocabulary = json.size("vocab_size");
    int maxPositions = json.size("max_position_embeddings");
    int longest = json.whole("max_relative_positions", -1);
    Traits traits =
        new Traits(
            stack,
            vocabulary,
            json.tokenId("pad_token_id", 0, vocabulary),
            maxPositions, // relative positions reach any length; it was trained up to this one
            Math.max(0, json.whole("type_vocab_size", 0)),
            json.probability("cls_dropout", stack.dropouts().hidden()),
            json.notNegative("initializer_range", 0.02));
    return new DebertaShape(
        traits,
        json.size("embedding_size", width),
        json.flag("position_biased_input", true) ? maxPositions : 0,
        longest < 1 ? maxPositions : longest,
        json.items("pos_att_type"),
        new Pooler(
            json.probability("pooler_dropout", 0), json.activation("pooler_hidden_act", "gelu")));
  }

  /** Whether tokens attend to relative positions. */
  boolean contentToPosition() {
    return terms.contains("c2p");
  }

  /** Whether relative positions attend to tokens. */
  boolean positionToContent() {
    return terms.contains("p2c");
  }
}
