package io.github.tlora.adapter;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.Key;
import io.github.tlora.Setting;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Prefix;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.Init;
import java.util.Optional;

/**
 * Prefix-embedding tuning (arXiv 2106.09685, section 5.1): l trained vectors after the first
 * token's embedding, l D parameters. They have no position embedding and every token attends to
 * them, so that before or after the text (the paper's l_p and l_i) is one place.
 */
@JsonTypeName("prefix-embedding")
public record PrefixEmbedding(
    @Key(value = "How many trained vectors the prefix has.", min = 1) Integer length)
    implements Method {
  /** Standard deviation of new word embeddings in BERT and RoBERTa. */
  private static final double DEVIATION = 0.02;

  /** Why no prefix can be merged. */
  static final Optional<String> OBSTACLE =
      Optional.of(
          "a prefix is further positions of the input: no weight of the base has its effect");

  public PrefixEmbedding {
    length = Setting.atLeast("length", length == null ? 16 : length, 1);
  }

  @Override
  public String summary() {
    return "PreEmbed: trained vectors after the first token";
  }

  @Override
  public String source() {
    return "arXiv 2106.09685";
  }

  @Override
  public String size() {
    return "length " + length;
  }

  @Override
  public double defaultLearningRate() {
    return 1e-2;
  }

  @Override
  public Optional<String> mergeObstacle() {
    return OBSTACLE;
  }

  @Override
  public Optional<Prefix> input(String path, int width, ParamTable params) {
    return Optional.of(declare(path, length, width, params));
  }

  /** The vectors at {@code path}. */
  static Prefix declare(String path, int length, int width, ParamTable params) {
    return new Prefix(
        params.declare(path + ".prefix", Role.ADAPTER, Init.normal(DEVIATION), length, width));
  }
}
