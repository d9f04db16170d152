package io.github.tlora.model;

/**
 * What BERT, RoBERTa and their kin have in common in config.json.
 *
 * @param embeddingSize width of the embedding tables, projected to D where it differs
 * @param positions rows of the table of positions
 * @param afterPadding whether positions are counted from the padding id, as RoBERTa does
 */
record AbsoluteShape(Traits traits, int embeddingSize, int positions, boolean afterPadding) {

  /** The encoder's layers. */
  Stack stack() {
    return traits.stack();
  }

  /** Positions 0, 1, 2, ... */
  static AbsoluteShape fromZero(ConfigJson json) {
    return read(json, false);
  }

  /** Positions start after the padding id: 514 of them serve 512 tokens. */
  static AbsoluteShape afterPadding(ConfigJson json) {
    return read(json, true);
  }

  private static AbsoluteShape read(ConfigJson json, boolean afterPadding) {
    if (!json.text("position_embedding_type", "absolute").equals("absolute")) {
      throw json.unsupported("position_embedding_type", "absolute");
    }
    if (json.flag("is_decoder", false)) {
      throw json.unsupported("is_decoder", "false");
    }
    Stack stack = Stack.read(json, 1e-12);
    int vocabulary = json.size("vocab_size");
    int padding = json.tokenId("pad_token_id", afterPadding ? 1 : 0, vocabulary);
    int positions = json.size("max_position_embeddings");
    int maxTokens = afterPadding ? positions - padding - 1 : positions;
    if (maxTokens < 1) {
      throw json.unsupported("max_position_embeddings", "more than pad_token_id + 1");
    }
    Traits traits =
        new Traits(
            stack,
            vocabulary,
            padding,
            maxTokens,
            json.size("type_vocab_size", 2),
            json.probability("classifier_dropout", stack.dropouts().hidden()),
            json.notNegative("initializer_range", 0.02));
    return new AbsoluteShape(traits, stack.width(), positions, afterPadding);
  }

  AbsoluteShape withEmbeddingSize(int size) {
    return new AbsoluteShape(traits, size, positions, afterPadding);
  }
}
