package io.github.tlora.data;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.github.tlora.UserError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Turns rows into token ids with a checkpoint's own tokenizer.json. */
public final class Tokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final boolean hasTypes;

  /**
   * A row as token ids.
   *
   * @param ids token ids with special tokens, never padded
   * @param typeIds segment ids of the same length
   */
  public record Tokens(long[] ids, long[] typeIds) {
    public int length() {
      return ids.length;
    }
  }

  /**
   * Opens a tokenizer.
   *
   * @param json text of tokenizer.json
   * @param maxLength longest row in tokens; longer ones are cut, the longest part first
   * @param hasTypes whether the model tells segments apart
   * @throws UserError exit 3 when it is not a tokenizer
   */
  public Tokenizer(String json, int maxLength, boolean hasTypes) {
    this.hasTypes = hasTypes;
    try {
      // Padding is ours: DJL pads with id 0, which is a real token in RoBERTa.
      tokenizer =
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)),
              Map.of(
                  "padding",
                  "do_not_pad",
                  "truncation",
                  "longest_first",
                  "maxLength",
                  Integer.toString(maxLength),
                  "modelMaxLength",
                  Integer.toString(maxLength)));
    } catch (IOException | RuntimeException e) {
      throw new UserError(
          UserError.Kind.FILE, "tokenizer.json: is not a tokenizer: " + e.getMessage(), e);
    }
  }

  /** The tokens of one row. */
  public Tokens encode(Example row) {
    Encoding encoding =
        row.pair() == null
            ? tokenizer.encode(row.text())
            : tokenizer.encode(row.text(), row.pair());
    long[] ids = encoding.getIds();
    return new Tokens(ids, hasTypes ? encoding.getTypeIds() : new long[ids.length]);
  }

  /** The tokens of every row. */
  public List<Tokens> encode(List<Example> rows) {
    return rows.stream().map(this::encode).toList();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
