package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Families by the config.json of a checkpoint. */
class ArchitectureTest {
  /** The fewest keys that a family can do with. */
  private static ObjectNode config(String modelType) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("model_type", modelType);
    config.put("vocab_size", 30);
    config.put("hidden_size", 12);
    config.put("num_hidden_layers", 1);
    config.put("num_attention_heads", 3);
    config.put("intermediate_size", 24);
    config.put("max_position_embeddings", 40);
    if (modelType.startsWith("deberta")) {
      config.put("relative_attention", true);
    }
    return config;
  }

  private static Architecture read(ObjectNode config) {
    return Architecture.read(config, "dir: config.json");
  }

  private static void assertRefused(ObjectNode config, String message) {
    assertThatThrownBy(() -> read(config))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(message);
  }

  @Test
  void every_family_is_found_by_its_model_type() {
    assertThat(Architecture.modelTypes())
        .containsExactly("bert", "roberta", "xlm-roberta", "electra", "deberta", "deberta-v2");
    for (String type : Architecture.modelTypes()) {
      assertThat(read(config(type)).modelType()).isEqualTo(type);
    }
  }

  @Test
  void an_unknown_family_is_told_with_the_known_ones() {
    assertRefused(
        config("gpt2"),
        "dir: config.json: model_type \"gpt2\" is not an encoder that tlora knows. Known: bert,"
            + " roberta, xlm-roberta, electra, deberta, deberta-v2");
  }

  @Test
  void a_config_without_a_family_is_told() {
    assertRefused(
        config("bert").without("model_type"),
        "dir: config.json: model_type must be a text, but it is not there");
    assertRefused(
        JsonNodeFactory.instance.objectNode(),
        "dir: config.json: model_type must be a text, but it is not there");
  }

  @ParameterizedTest
  @CsvSource({
    "bert, 40, 0, 2, bert",
    "roberta, 38, 1, 2, roberta", // positions start after the padding id
    "xlm-roberta, 38, 1, 2, roberta",
    "electra, 40, 0, 2, electra",
    "deberta, 40, 0, 0, deberta",
    "deberta-v2, 40, 0, 0, deberta"
  })
  void what_is_absent_takes_transformers_defaults(
      String type, int maxTokens, int padding, int types, String prefix) {
    Architecture family = read(config(type));
    assertThat(family.hiddenSize()).isEqualTo(12);
    assertThat(family.maxTokens()).isEqualTo(maxTokens);
    assertThat(family.padTokenId()).isEqualTo(padding);
    assertThat(family.typeVocabSize()).isEqualTo(types);
    assertThat(family.initializerRange()).isEqualTo(0.02);
    assertThat(family.classifierDropout()).isEqualTo(0.1);
    assertThat(family.prefix()).isEqualTo(prefix);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert", "roberta", "xlm-roberta", "electra", "deberta", "deberta-v2"})
  void every_size_must_be_there(String type) {
    for (String key :
        new String[] {
          "vocab_size",
          "hidden_size",
          "num_hidden_layers",
          "num_attention_heads",
          "intermediate_size",
          "max_position_embeddings"
        }) {
      ObjectNode config = config(type);
      config.remove(key);
      assertRefused(
          config,
          "dir: config.json: "
              + key
              + " must be a whole number of at least 1, but it is not there");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert", "roberta", "xlm-roberta", "electra"})
  void the_classifier_s_dropout_is_its_own_or_the_hidden_one(String type) {
    ObjectNode config = config(type).put("hidden_dropout_prob", 0.3);
    assertThat(read(config).classifierDropout()).isEqualTo(0.3);
    assertThat(read(config.putNull("classifier_dropout")).classifierDropout()).isEqualTo(0.3);
    assertThat(read(config.put("classifier_dropout", 0.0)).classifierDropout()).isEqualTo(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"deberta", "deberta-v2"})
  void deberta_s_classifier_dropout_has_a_name_of_its_own(String type) {
    ObjectNode config = config(type).put("hidden_dropout_prob", 0.3);
    assertThat(read(config).classifierDropout()).isEqualTo(0.3);
    assertThat(read(config.put("cls_dropout", 0.2)).classifierDropout()).isEqualTo(0.2);
  }

  @Test
  void heads_must_divide_the_width() {
    assertRefused(
        config("bert").put("num_attention_heads", 5),
        "dir: config.json: num_attention_heads 5 is not supported. Supported: a divisor of"
            + " hidden_size 12");
    assertRefused(
        config("deberta-v2").put("attention_head_size", 5),
        "dir: config.json: attention_head_size 5 is not supported. Supported: hidden_size /"
            + " num_attention_heads");
    assertThat(read(config("deberta-v2").put("attention_head_size", 4))).isNotNull();
  }

  @Test
  void what_the_code_does_not_have_is_refused() {
    assertRefused(
        config("bert").put("position_embedding_type", "relative_key"),
        "dir: config.json: position_embedding_type \"relative_key\" is not supported. Supported:"
            + " absolute");
    assertRefused(
        config("electra").put("is_decoder", true),
        "dir: config.json: is_decoder true is not supported. Supported: false");
    assertRefused(
        config("deberta").put("relative_attention", false),
        "dir: config.json: relative_attention false is not supported. Supported: true");
    assertRefused(
        config("deberta").put("talking_head", true),
        "dir: config.json: talking_head true is not supported. Supported: false");
  }

  @Test
  void deberta_without_relative_attention_is_refused_where_the_key_is_absent_too() {
    assertRefused(
        config("deberta").without("relative_attention"),
        "dir: config.json: relative_attention without a value is not supported. Supported: true");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "c2p|p2p", "c2p|c2p", ""})
  void deberta_v1_scales_by_entries_of_pos_att_type_so_each_must_mean_something(String value) {
    assertRefused(
        config("deberta").put("pos_att_type", value),
        "dir: config.json: pos_att_type \""
            + value
            + "\" is not supported. Supported: c2p and p2c, each at most once");
    assertThat(read(config("deberta-v2").put("pos_att_type", value))).isNotNull();
  }

  @Test
  void a_deberta_head_of_another_width_is_refused() {
    assertRefused(
        config("deberta-v2").put("pooler_hidden_size", 10),
        "dir: config.json: pooler_hidden_size 10 is not supported. Supported: hidden_size 12");
  }

  @Test
  void a_convolution_has_an_odd_kernel_and_groups_that_divide_the_width() {
    ObjectNode config = config("deberta-v2");
    assertThat(read(config.put("conv_kernel_size", 0).put("conv_act", "?"))).isNotNull();
    assertRefused(
        config.put("conv_kernel_size", 4),
        "dir: config.json: conv_kernel_size 4 is not supported. Supported: odd numbers up to 999");
    assertRefused(
        config.put("conv_kernel_size", 3).put("conv_act", "tanh").put("conv_groups", 5),
        "dir: config.json: conv_groups 5 is not supported. Supported: a divisor of hidden_size"
            + " 12");
    assertThat(read(config.put("conv_groups", 4))).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({"1, 40", "8, 5", "9, 5"})
  void buckets_that_divide_by_0_are_refused(int buckets, int longest) {
    ObjectNode config = config("deberta-v2").put("max_relative_positions", longest);
    assertRefused(
        config.put("position_buckets", buckets),
        "dir: config.json: position_buckets "
            + buckets
            + " is not supported. Supported: at least 2, half of it not max_relative_positions - 1");
    assertThat(read(config.put("position_buckets", -1))).isNotNull();
    assertThat(read(config.put("position_buckets", 6))).isNotNull();
  }

  @Test
  void the_padding_id_is_of_the_vocabulary_and_leaves_positions() {
    assertRefused(
        config("bert").put("pad_token_id", -1),
        "dir: config.json: pad_token_id must be a token id from 0 to vocab_size - 1, 29, got -1");
    assertRefused(
        config("roberta").put("max_position_embeddings", 2),
        "dir: config.json: max_position_embeddings 2 is not supported. Supported: more than"
            + " pad_token_id + 1");
    assertThat(read(config("roberta").put("max_position_embeddings", 3)).maxTokens()).isEqualTo(1);
  }

  @Test
  void more_layers_than_any_encoder_has_are_refused() {
    assertRefused(
        config("roberta").put("num_hidden_layers", 1_000_000_000),
        "dir: config.json: num_hidden_layers 1000000000 is not supported. Supported: at most 1000");
  }

  @Test
  void foreign_keys_are_left_alone() {
    ObjectNode config = config("bert").put("use_cache", true).put("gradient_checkpointing", "?");
    config.putObject("id2label").put("0", "no");
    assertThat(read(config)).isEqualTo(read(config("bert")));
  }
}
