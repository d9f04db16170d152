package io.github.tlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineBreaksTest {
  private static String fit(String text, int width) {
    return LineBreaks.fit(text, width).replace(System.lineSeparator(), "\n");
  }

  @Test
  void words_are_not_cut() {
    assertThat(LineBreaks.wrap("one two three train.epochs=3", 13))
        .isEqualTo(List.of("one two three", "train.epochs=3"));
    assertThat(LineBreaks.wrap("", 13)).isEqualTo(List.of(""));
  }

  @Test
  void a_row_goes_on_under_its_last_column() {
    assertThat(fit("memory      0.9 GB: base 0.22, trained 0.10", 30))
        .isEqualTo("memory      0.9 GB: base 0.22,\n            trained 0.10");
  }

  @Test
  void a_last_column_that_begins_too_far_right_does_not_count() {
    assertThat(fit("one  two three four      five six", 20))
        .isEqualTo("one  two three four\n     five six");
  }

  @Test
  void a_line_that_is_no_row_stays_whole() {
    String line = "saved. Go on with: tlora train --resume runs/a";
    assertThat(fit(line, 20)).isEqualTo(line);
  }

  @Test
  void what_has_room_stays_as_it_is() {
    String table = "a    b\n  c  d   \n\ne";
    assertThat(fit(table, 10)).isEqualTo(table);
  }

  @Test
  void lines_with_tabs_are_data() {
    String row = "positive\tpositive 0.9, negative 0.1\ta warm, generous comedy";
    assertThat(fit(row, 20)).isEqualTo(row);
  }

  @Test
  void colours_take_no_room() {
    assertThat(fit("best  \033[1maccuracy 0.5\033[0m of all", 18))
        .isEqualTo("best  \033[1maccuracy 0.5\033[0m\n      of all");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 12, 20, 41, 79})
  void no_word_is_lost_at_any_width(int width) {
    String text = "first   a b  ccccccccccccccccccccccc d eeeee f g   h\n   i jj kkk llll mmmmm";
    assertThat(fit(text, width).split("\\s+", -1)).containsExactly(text.split("\\s+", -1));
  }
}
