package io.github.tlora.data;

import static io.github.tlora.data.WrittenTable.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tab-separated rows, and what is said of those that do not fit. */
class TsvTableTest {
  private static final TableLayout SINGLE = TableLayout.single("sentence", "label", "0", "1");
  private static final TableLayout PAIR = TableLayout.pair("a", "b", "label", "no", "yes");

  private static void assertRefused(String content, TableLayout layout, String message) {
    assertThatThrownBy(() -> read("dir/x.tsv", content, layout))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(message);
  }

  @Test
  void rows_are_read_in_order() {
    assertThat(read("x", "sentence\tlabel\ngood\t1\nbad\t0\n", SINGLE))
        .containsExactly(new Example("good", null, 1), new Example("bad", null, 0));
  }

  @Test
  void columns_are_found_by_name_and_others_left_out() {
    assertThat(read("x", "id\tb\tlabel\tnote\ta\n7\tB1\tyes\t\tA1\n8\tB2\tno\tn\tA2", PAIR))
        .containsExactly(new Example("A1", "B1", 1), new Example("A2", "B2", 0));
  }

  @Test
  void a_byte_order_mark_is_no_part_of_the_first_name() {
    assertThat(read("x", "\uFEFFsentence\tlabel\ngood\t1\n", SINGLE))
        .containsExactly(new Example("good", null, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r"})
  void a_line_may_end_in_any_of_three_ways(String end) {
    String content = String.join(end, "sentence\tlabel", "good\t1", "bad\t0", "");
    assertThat(read("x", content, SINGLE))
        .containsExactly(new Example("good", null, 1), new Example("bad", null, 0));
  }

  @Test
  void the_last_line_needs_no_end() {
    assertThat(read("x", "sentence\tlabel\r\ngood\t1", SINGLE))
        .containsExactly(new Example("good", null, 1));
  }

  @Test
  void blank_lines_are_left_out_but_counted() {
    String content = "sentence\tlabel\n\ngood\t1\n   \nbad\t2\n";
    assertRefused(content, SINGLE, "dir/x.tsv:5: label '2' is not one of the task's: 0, 1");
    assertThat(read("x", content.replace('2', '0'), SINGLE)).hasSize(2);
  }

  @Test
  void quotes_and_backslashes_are_letters() {
    String content = "sentence\tlabel\n\"so\" he said, \"never\\t again\t0\n'\"\t1\n";
    assertThat(read("x", content, SINGLE))
        .containsExactly(
            new Example("\"so\" he said, \"never\\t again", null, 0), new Example("'\"", null, 1));
  }

  @Test
  void text_is_kept_as_it_stands_and_labels_without_spaces() {
    assertThat(read("x", "sentence\tlabel\n größe , 東京  \t 1 \n", SINGLE))
        .containsExactly(new Example(" größe , 東京  ", null, 1));
  }

  @Test
  void an_empty_text_is_a_text() {
    assertThat(read("x", "sentence\tlabel\n\t1\n", SINGLE))
        .containsExactly(new Example("", null, 1));
  }

  @Test
  void a_short_row_is_told_with_file_and_line() {
    assertRefused(
        "sentence\tlabel\ngood\t1\nbad\n",
        SINGLE,
        "dir/x.tsv:3: has 1 column, but the task needs 2");
    assertRefused(
        "a\tlabel\tb\nA\tyes\n", PAIR, "dir/x.tsv:2: has 2 columns, but the task needs 3");
  }

  @Test
  void an_unknown_label_is_told_with_the_known_ones() {
    assertRefused(
        "a\tb\tlabel\nA\tB\tmaybe\n",
        PAIR,
        "dir/x.tsv:2: label 'maybe' is not one of the task's: no, yes");
    assertRefused(
        "sentence\tlabel\ngood\t\n",
        SINGLE,
        "dir/x.tsv:2: label '' is not one of the task's: 0, 1");
  }

  @Test
  void numbers_are_read_as_they_are_written() {
    TableLayout scored = TableLayout.pair("a", "b", "score");
    assertThat(read("x", "a\tb\tscore\nA\tB\t3.200\nC\t\"D\t 5 \nE\tF\t-1e-1\n", scored))
        .containsExactly(
            Example.ofValue("A", "B", 3.2f),
            Example.ofValue("C", "\"D", 5),
            Example.ofValue("E", "F", -0.1f));
    assertThat(Example.ofValue("A", "B", 5).label()).isEqualTo(-1);
    assertThat(new Example("A", "B", 1).value()).isNaN();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "high", "NaN", "Infinity", "1e39", "1,5", "3f", "0x1p3"})
  void a_cell_that_is_no_finite_number_is_told(String cell) {
    assertRefused(
        "a\tb\tscore\nA\tB\t1\nA\tB\t" + cell + "\n",
        TableLayout.pair("a", "b", "score"),
        "dir/x.tsv:3: score '" + cell + "' is not a finite number. Write it as in 3.25");
  }

  @Test
  void a_missing_column_is_told_with_those_that_are_there() {
    assertRefused(
        "text\tlabel\ngood\t1\n",
        SINGLE,
        "dir/x.tsv:1: has no column 'sentence'. Its columns: text, label");
    assertRefused(
        "a\tlabel\nA\tyes\n", PAIR, "dir/x.tsv:1: has no column 'b'. Its columns: a, label");
    assertRefused(
        "sentence,label\ngood,1\n",
        SINGLE,
        "dir/x.tsv:1: has no column 'sentence'. Its columns: sentence,label");
  }

  @Test
  void an_empty_file_is_told() {
    assertRefused("", SINGLE, "dir/x.tsv: is empty. It needs a header line and rows");
    assertRefused("\uFEFF", SINGLE, "dir/x.tsv: is empty. It needs a header line and rows");
    assertRefused("sentence\tlabel\n", SINGLE, "dir/x.tsv: has no rows");
    assertRefused("", Glue.COLA.layouts("train").get(0), "dir/x.tsv: has no rows");
  }

  @Test
  void without_a_header_columns_are_numbers() {
    assertThat(
            read(
                "x",
                "gj04\t1\t\tOur friends left.\ngj04\t0\t*\tThey is.\n",
                Glue.COLA.layouts("train").get(0)))
        .containsExactly(
            new Example("Our friends left.", null, 1), new Example("They is.", null, 0));
    assertRefused(
        "gj04\t1\t\tOur friends left.\ngj04\t0\t*\n",
        Glue.COLA.layouts("train").get(0),
        "dir/x.tsv:2: has 3 columns, but the task needs 4");
  }
}
