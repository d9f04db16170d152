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
        .containsExactly("bert", "roberta", "deberta", "deberta-v2");
    for (String type : Architecture.modelTypes()) {
      assertThat(read(config(type)).modelType()).isEqualTo(type);
    }
  }

  @Test
  void an_unknown_family_is_told_with_the_known_ones() {
    assertRefused(
        config("gpt2"),
        "dir: config.json: model_type 'gpt2' is not an encoder that tlora knows. Known: bert,"
            + " roberta, deberta, deberta-v2");
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
  @ValueSource(strings = {"bert", "roberta", "deberta", "deberta-v2"})
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
  @ValueSource(strings = {"bert", "roberta"})
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
        "dir: config.json: num_attention_heads 3 is not supported. Supported: heads of"
            + " hidden_size / num_attention_heads");
    assertThat(read(config("deberta-v2").put("attention_head_size", 4))).isNotNull();
  }

  @Test
  void what_the_code_does_not_have_is_refused() {
    assertRefused(
        config("bert").put("position_embedding_type", "relative_key"),
        "dir: config.json: position_embedding_type \"relative_key\" is not supported. Supported:"
            + " absolute");
    assertRefused(
        config("bert").put("hidden_act", "relu6"),
        "config.json: unknown activation 'relu6'. Known: gelu, gelu_new, tanh");
    assertRefused(
        config("deberta").put("relative_attention", false),
        "dir: config.json: relative_attention false is not supported. Supported: true");
    assertRefused(
        config("deberta").put("talking_head", true),
        "dir: config.json: talking_head true is not supported. Supported: false");
  }

  @Test
  void foreign_keys_are_left_alone() {
    ObjectNode config = config("bert").put("use_cache", true).put("gradient_checkpointing", "?");
    config.putObject("id2label").put("0", "no");
    assertThat(read(config)).isEqualTo(read(config("bert")));
  }
}
