package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.nn.Activation;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint's config.json: lenient about what is absent or foreign, strict about the rest. */
class ConfigJsonTest {
  private static ConfigJson config(String json) {
    try {
      return new ConfigJson(new JsonMapper().readTree(json), "dir/config.json");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static ConfigJson key(String value) {
    return config("{\"key\": " + value + "}");
  }

  private static void assertRefused(String value, Function<ConfigJson, ?> read, String rest) {
    assertThatThrownBy(() -> read.apply(key(value)))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage("dir/config.json: key must be " + rest);
  }

  @Test
  void what_is_there_is_read() {
    assertThat(key("\"bert\"").text("key")).isEqualTo("bert");
    assertThat(key("\"bert\"").text("key", "x")).isEqualTo("bert");
    assertThat(key("12").size("key")).isEqualTo(12);
    assertThat(key("0").whole("key", 7)).isEqualTo(0);
    assertThat(key("-1").whole("key", 7)).isEqualTo(-1);
    assertThat(key("1e-12").number("key", 7)).isEqualTo(1e-12);
    assertThat(key("3").number("key", 7)).isEqualTo(3);
    assertThat(key("0.5").probability("key", 0.1)).isEqualTo(0.5);
    assertThat(key("0").probability("key", 0.1)).isEqualTo(0);
    assertThat(key("true").flag("key", false)).isTrue();
    assertThat(key("false").flag("key", true)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"key\": null}", "{\"other\": [1, {\"key\": 3}]}"})
  void what_is_absent_or_null_takes_its_default(String json) {
    ConfigJson config = config(json);
    assertThat(config.text("key", "x")).isEqualTo("x");
    assertThat(config.whole("key", 7)).isEqualTo(7);
    assertThat(config.number("key", 0.5)).isEqualTo(0.5);
    assertThat(config.probability("key", 0.1)).isEqualTo(0.1);
    assertThat(config.flag("key", true)).isTrue();
    assertThat(config.flag("key", false)).isFalse();
    assertThat(config.items("key")).isEmpty();
    assertThat(config.size("key", 5)).isEqualTo(5);
    assertThat(config.activation("key", "swish")).isEqualTo(Activation.SILU);
  }

  @Test
  void what_must_be_there_is_missed() {
    assertThatThrownBy(() -> config("{}").text("model_type"))
        .isInstanceOf(UserError.class)
        .hasMessage("dir/config.json: model_type must be a text, but it is not there");
    assertThatThrownBy(() -> config("{}").size("hidden_size"))
        .isInstanceOf(UserError.class)
        .hasMessage(
            "dir/config.json: hidden_size must be a whole number of at least 1, but it is not"
                + " there");
    assertRefused("null", c -> c.size("key"), "a whole number of at least 1, got null");
  }

  @ParameterizedTest
  @CsvSource({"0", "-1", "1.5", "2.0", "true", "'\"12\"'", "[12]"})
  void a_size_is_a_whole_number_above_0(String value) {
    assertRefused(value, c -> c.size("key"), "a whole number of at least 1, got " + value);
  }

  @ParameterizedTest
  @CsvSource({"1.5", "'\"1\"'", "false"})
  void a_whole_number_is_one(String value) {
    assertRefused(value, c -> c.whole("key", 0), "a whole number, got " + value);
  }

  @ParameterizedTest
  @CsvSource({"'\"0.1\"'", "true", "{}"})
  void a_number_is_one(String value) {
    assertRefused(value, c -> c.number("key", 0), "a number, got " + value);
  }

  @ParameterizedTest
  @CsvSource({"1", "1.5", "-0.1"})
  void a_probability_is_below_1(String value) {
    assertRefused(value, c -> c.probability("key", 0), "at least 0 and below 1, got " + value);
  }

  @Test
  void texts_and_flags_are_of_their_type() {
    assertRefused("3", c -> c.text("key"), "a text, got 3");
    assertRefused("3", c -> c.text("key", "x"), "a text, got 3");
    assertRefused("1", c -> c.flag("key", false), "true or false, got 1");
    assertRefused("\"true\"", c -> c.flag("key", false), "true or false, got \"true\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[\"c2p\", \"p2c\"]",
        "\"c2p|p2c\"",
        "\"c2p | p2c\"",
        "\"C2P|p2c \"",
      })
  void a_list_may_be_one_text_in_which_neither_case_nor_blanks_count(String value) {
    assertThat(key(value).items("key")).containsExactly("c2p", "p2c");
  }

  @Test
  void every_item_counts_though_it_means_nothing() {
    assertThat(key("[]").items("key")).isEmpty();
    assertThat(key("[\"C2P\"]").items("key")).containsExactly("C2P");
    assertThat(key("\"\"").items("key")).containsExactly("");
    assertThat(key("\"none\"").items("key")).containsExactly("none");
    assertThat(key("\"p2p|c2p|\"").items("key")).containsExactly("p2p", "c2p", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "[1]", "true", "{\"a\":\"c2p\"}", "[[\"c2p\"]]", "[null]"})
  void a_list_holds_texts(String value) {
    assertRefused(
        value, c -> c.items("key"), "a list of texts, or a text with | between them, got " + value);
  }

  @ParameterizedTest
  @CsvSource({"10000001", "2147483647", "3000000000", "9223372036854775808"})
  void a_size_beyond_every_published_one_is_refused(String value) {
    for (Function<ConfigJson, ?> read :
        List.<Function<ConfigJson, ?>>of(c -> c.size("key"), c -> c.size("key", 1))) {
      assertThatThrownBy(() -> read.apply(key(value)))
          .isInstanceOf(UserError.class)
          .hasMessage(
              "dir/config.json: key " + value + " is not supported. Supported: at most 10000000");
    }
    assertThatThrownBy(() -> key("-" + value).whole("key", 0))
        .isInstanceOf(UserError.class)
        .hasMessage(
            "dir/config.json: key -"
                + value
                + " is not supported. Supported: -10000000 to 10000000");
  }

  @Test
  void numbers_are_finite_and_some_are_not_negative() {
    assertThatThrownBy(() -> key("1e999").number("key", 0))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("dir/config.json: key must be a number, got ");
    assertRefused("-0.5", c -> c.notNegative("key", 0), "a number of at least 0, got -0.5");
    assertThat(key("0").notNegative("key", 1)).isZero();
  }

  @Test
  void a_token_id_is_one_of_the_vocabulary() {
    assertThat(key("29").tokenId("key", 0, 30)).isEqualTo(29);
    for (String value : List.of("30", "-1")) {
      assertRefused(
          value,
          c -> c.tokenId("key", 0, 30),
          "a token id from 0 to vocab_size - 1, 29, got " + value);
    }
  }

  @Test
  void a_divisor_divides() {
    assertThat(key("3").divisor("key", null, "width", 12)).isEqualTo(3);
    assertThatThrownBy(() -> key("5").divisor("key", null, "width", 12))
        .isInstanceOf(UserError.class)
        .hasMessage("dir/config.json: key 5 is not supported. Supported: a divisor of width 12");
  }

  @ParameterizedTest
  @CsvSource({
    "gelu, GELU",
    "gelu_python, GELU",
    "gelu_new, GELU_NEW",
    "gelu_fast, GELU_NEW",
    "gelu_pytorch_tanh, GELU_NEW",
    "relu, RELU",
    "silu, SILU",
    "swish, SILU",
    "tanh, TANH"
  })
  void activations_have_the_names_of_transformers(String name, Activation activation) {
    assertThat(key('"' + name + '"').activation("key", "x")).isEqualTo(activation);
  }

  @Test
  void an_activation_that_is_not_here_is_told_with_those_that_are() {
    assertThatThrownBy(() -> key("\"relu6\"").activation("key", "gelu"))
        .isInstanceOf(UserError.class)
        .hasMessage(
            "dir/config.json: key \"relu6\" is not supported. Supported: gelu, gelu_python,"
                + " gelu_new, gelu_fast, gelu_pytorch_tanh, gelu_python_tanh, relu, silu, swish,"
                + " tanh");
  }

  @Test
  void a_message_shows_the_start_of_a_long_value() {
    assertThatThrownBy(() -> key('"' + "x".repeat(1000) + '"').size("key"))
        .isInstanceOf(UserError.class)
        .hasMessageEndingWith(", got \"" + "x".repeat(79) + "...");
  }

  @Test
  void a_value_that_the_code_does_not_have_is_told_with_what_it_has() {
    assertThat(key("\"relative_key\"").unsupported("key", "absolute"))
        .hasMessage("dir/config.json: key \"relative_key\" is not supported. Supported: absolute");
  }
}
