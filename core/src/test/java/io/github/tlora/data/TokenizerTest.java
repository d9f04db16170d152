package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Token ids with the bundled encoder's tokenizer, an uncased WordPiece. */
class TokenizerTest {
  private static final long START = 101; // [CLS]
  private static final long END = 102; // [SEP]

  private static String json;

  @BeforeAll
  static void read_the_bundled_tokenizer() throws IOException {
    try (InputStream stream =
        Tokenizer.class.getResourceAsStream("/all-minilm-l6-v2-tokenizer.json")) {
      json = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Tokenizer.Tokens encode(int maxLength, Example row) {
    try (Tokenizer tokenizer = new Tokenizer(json, maxLength, true)) {
      return tokenizer.encode(row);
    }
  }

  private static Example pair(String text, String second) {
    return new Example(text, second, -1);
  }

  private static String words(int count) {
    return "hello ".repeat(count);
  }

  @Test
  void a_text_stands_between_its_marks() {
    Tokenizer.Tokens tokens = encode(128, Example.of("Hello, World!"));
    // hello , world ! in bert-base-uncased's vocabulary
    assertThat(tokens.ids()).containsExactly(START, 7592, 1010, 2088, 999, END);
    assertThat(tokens.typeIds()).containsOnly(0).hasSize(6);
    assertThat(tokens.length()).isEqualTo(6);
  }

  @Test
  void a_pair_has_a_mark_between_and_types_that_tell_its_parts() {
    Tokenizer.Tokens tokens = encode(128, pair("hello world", "hello"));
    assertThat(tokens.ids()).containsExactly(START, 7592, 2088, END, 7592, END);
    assertThat(tokens.typeIds()).containsExactly(0, 0, 0, 0, 1, 1);
  }

  @Test
  void a_model_without_segments_gets_zeros() {
    try (Tokenizer tokenizer = new Tokenizer(json, 128, false)) {
      Tokenizer.Tokens tokens = tokenizer.encode(pair("hello world", "hello"));
      assertThat(tokens.typeIds()).hasSize(tokens.length()).containsOnly(0);
    }
  }

  @Test
  void rows_are_never_padded() {
    try (Tokenizer tokenizer = new Tokenizer(json, 128, true)) {
      List<Tokenizer.Tokens> rows =
          tokenizer.encode(
              List.of(Example.of("hello"), Example.of(words(50)), pair("hello", "world")));
      assertThat(rows.stream().map(Tokenizer.Tokens::length)).containsExactly(3, 52, 5);
    }
  }

  @Test
  void a_long_text_is_cut_and_keeps_its_end_mark() {
    for (int maxLength : new int[] {8, 200, 512}) { // the file itself says 128
      Tokenizer.Tokens tokens = encode(maxLength, Example.of(words(600)));
      assertThat(tokens.length()).isEqualTo(maxLength);
      assertThat(tokens.ids()[0]).isEqualTo(START);
      assertThat(tokens.ids()[maxLength - 1]).isEqualTo(END);
    }
  }

  @Test
  void a_text_that_just_fits_is_whole() {
    assertThat(encode(12, Example.of(words(10))).length()).isEqualTo(12);
    assertThat(encode(12, Example.of(words(11))).length()).isEqualTo(12);
    assertThat(encode(13, Example.of(words(11))).length()).isEqualTo(13);
  }

  @Test
  void of_a_pair_the_longer_part_is_cut_first() {
    assertThat(parts(encode(13, pair(words(30), words(3))))).containsExactly(7, 3);
    assertThat(parts(encode(13, pair(words(3), words(30))))).containsExactly(3, 7);
    assertThat(parts(encode(13, pair(words(30), words(30))))).containsExactly(5, 5);
  }

  @Test
  void a_pair_may_be_cut_down_to_its_marks() {
    for (int maxLength : new int[] {3, 4}) { // settings allow 4 and more
      Tokenizer.Tokens tokens = encode(maxLength, pair(words(30), words(30)));
      assertThat(tokens.length()).isEqualTo(maxLength);
      assertThat(tokens.typeIds()).hasSize(maxLength);
    }
  }

  /** Tokens of the first and of the second part, without marks. */
  private static long[] parts(Tokenizer.Tokens pair) {
    assertThat(pair.length()).isEqualTo(13);
    assertThat(pair.ids()[12]).isEqualTo(END);
    long second = LongStream.of(pair.typeIds()).sum() - 1;
    return new long[] {pair.length() - 3 - second, second};
  }

  @Test
  void an_empty_text_is_its_marks() {
    assertThat(encode(128, Example.of("")).ids()).containsExactly(START, END);
  }

  @Test
  void the_same_text_gives_the_same_ids_alone_and_among_others() {
    try (Tokenizer tokenizer = new Tokenizer(json, 128, true)) {
      long[] alone = tokenizer.encode(Example.of("größe 東京 \uD83D\uDE00 hello")).ids();
      long[] among =
          tokenizer
              .encode(List.of(Example.of("a b c"), Example.of("größe 東京 \uD83D\uDE00 hello")))
              .get(1)
              .ids();
      assertThat(among).isEqualTo(alone);
      assertThat(Arrays.stream(alone).anyMatch(id -> id == 7592)).isTrue();
    }
  }

  @Test
  void text_that_is_no_tokenizer_is_told() {
    for (String bad : List.of("", "{}", "not json", "{\"version\":\"1.0\"}")) {
      assertThatThrownBy(() -> new Tokenizer(bad, 128, true).close())
          .isInstanceOfSatisfying(
              UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
          .hasMessageStartingWith("tokenizer.json: is not a tokenizer: ");
    }
  }
}
