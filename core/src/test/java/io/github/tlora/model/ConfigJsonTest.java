package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
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
    assertThat(config.lists("key", "c2p")).isFalse();
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
  @CsvSource({"0", "-1", "1.5", "2.0", "true", "'\"12\"'", "3000000000", "[12]"})
  void a_size_is_a_whole_number_above_0(String value) {
    assertRefused(value, c -> c.size("key"), "a whole number of at least 1, got " + value);
  }

  @ParameterizedTest
  @CsvSource({"1.5", "'\"1\"'", "false", "9223372036854775808"})
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
        "[\"p2c\", \" c2p \"]",
        "\"c2p|p2c\"",
        "\"p2c|c2p\"",
        "\"p2c | c2p\""
      })
  void a_list_may_be_one_text(String value) {
    assertThat(key(value).lists("key", "c2p")).isTrue();
    assertThat(key(value).lists("key", "p2c")).isTrue();
    assertThat(key(value).lists("key", "p2p")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "\"\"", "\"none\"", "\"c2pp\"", "\"xc2p\"", "3", "[1]"})
  void a_list_without_the_item_does_not_have_it(String value) {
    assertThat(key(value).lists("key", "c2p")).isFalse();
  }

  @Test
  void a_value_that_the_code_does_not_have_is_told_with_what_it_has() {
    assertThat(key("\"relative_key\"").unsupported("key", "absolute"))
        .hasMessage("dir/config.json: key \"relative_key\" is not supported. Supported: absolute");
  }
}
