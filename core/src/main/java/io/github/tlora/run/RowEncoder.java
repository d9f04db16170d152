package io.github.tlora.run;

import io.github.tlora.data.Example;
import io.github.tlora.data.Rows;
import io.github.tlora.data.TokenCache;
import io.github.tlora.data.Tokenizer;
import io.github.tlora.model.Architecture;
import io.github.tlora.model.ModelFiles;
import java.util.List;

/** Turns texts into rows that one model takes: its tokenizer, its padding id, its vocabulary. */
final class RowEncoder implements AutoCloseable {
  private final String model;
  private final Architecture architecture;
  private final Tokenizer tokenizer;
  private final TokenCache cache;

  /**
   * Opens the tokenizer of {@code files}.
   *
   * @param architecture the model's, as it is declared
   * @param maxLength longest row in tokens
   * @param cache keeps the tokens of splits
   */
  RowEncoder(ModelFiles files, Architecture architecture, int maxLength, TokenCache cache) {
    this.model = files.id();
    this.cache = cache;
    this.architecture = architecture;
    this.tokenizer =
        new Tokenizer(
            model + ": tokenizer.json",
            files.tokenizerJson(),
            maxLength,
            architecture.typeVocabSize() > 1);
  }

  /** The rows of {@code examples}, in order. */
  Rows encode(List<Example> examples) {
    return Rows.of(examples, tokenizer, architecture.padTokenId())
        .requireIdsBelow(architecture.vocabSize(), model);
  }

  /** A row's tokens as the tokenizer calls them. */
  List<String> pieces(Example row) {
    return tokenizer.pieces(row);
  }

  /** The same for rows of a split, whose tokens are kept for the next run. */
  Rows encodeSplit(List<Example> examples) {
    return Rows.of(examples, cache.tokens(examples, tokenizer), architecture.padTokenId())
        .requireIdsBelow(architecture.vocabSize(), model);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
