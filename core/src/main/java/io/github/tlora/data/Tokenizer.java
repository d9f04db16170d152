package io.github.tlora.data;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Turns rows into token ids with a checkpoint's own tokenizer.json. */
public final class Tokenizer implements AutoCloseable {
  private final String location;
  private final HuggingFaceTokenizer tokenizer;
  private final boolean hasTypes;
  private final String fingerprint;

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
   * @param location where it was found, for messages
   * @param json text of tokenizer.json
   * @param maxLength longest row in tokens; longer ones are cut, the longest part first
   * @param hasTypes whether the model tells segments apart
   * @throws UserError exit 3 when it is not a tokenizer
   */
  public Tokenizer(String location, String json, int maxLength, boolean hasTypes) {
    this.location = location;
    this.hasTypes = hasTypes;
    this.fingerprint =
        String.join(
            " ",
            Sha256.of(json),
            Integer.toString(maxLength),
            Boolean.toString(hasTypes),
            String.valueOf(HuggingFaceTokenizer.class.getPackage().getImplementationVersion()));
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
                  Integer.toString(maxLength),
                  "stride", // the file may have one, for windows that overlap
                  "0"));
    } catch (IOException | RuntimeException e) {
      throw new UserError(UserError.Kind.FILE, location + ": is not a tokenizer: " + oneLine(e), e);
    }
  }

  /** Opens a tokenizer whose file has no name of its own. */
  public Tokenizer(String json, int maxLength, boolean hasTypes) {
    this("tokenizer.json", json, maxLength, hasTypes);
  }

  /**
   * The tokens of one row.
   *
   * @throws UserError exit 3 when the tokenizer has no token for a part of it, nor one for unknowns
   */
  public Tokens encode(Example row) {
    Encoding encoding = encoding(row);
    long[] ids = encoding.getIds();
    return new Tokens(ids, hasTypes ? encoding.getTypeIds() : new long[ids.length]);
  }

  /** The tokens of one row by their names. */
  public List<String> pieces(Example row) {
    return List.of(encoding(row).getTokens());
  }

  private Encoding encoding(Example row) {
    try {
      return row.pair() == null
          ? tokenizer.encode(row.text())
          : tokenizer.encode(row.text(), row.pair());
    } catch (RuntimeException e) {
      throw new UserError(
          UserError.Kind.FILE,
          location + ": cannot tokenize a row: " + oneLine(e) + ". Use the model's own tokenizer",
          e);
    }
  }

  /** Two tokenizers of the same fingerprint give the same tokens. */
  String fingerprint() {
    return fingerprint;
  }

  /** The tokens of every row. */
  public List<Tokens> encode(List<Example> rows) {
    return rows.stream().map(this::encode).toList();
  }

  /** The native reader quotes the file, line ends and all. */
  private static String oneLine(Exception e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
