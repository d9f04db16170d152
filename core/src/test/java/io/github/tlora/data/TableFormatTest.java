package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CSV and JSON lines, and what is said of those that are none. */
class TableFormatTest {
  private static final TableLayout SINGLE = TableLayout.single("text", "label", "bad", "good");

  private static List<Example> read(String file, String content) {
    return WrittenTable.read(
            file,
            content,
            TableFormat.of(file).orElseThrow(),
            new TableReader(file, List.of(SINGLE), TableReader.Labels.NEEDED, false))
        .rows();
  }

  private static void assertRefused(String file, String content, String message) {
    assertThatThrownBy(() -> read(file, content))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(message);
  }

  @Test
  void quoted_cells_of_csv_hold_commas_quotes_and_line_ends() {
    assertThat(
            read(
                "x.csv",
                "\uFEFFid,text,label\r\n1,\"so, \"\"this\"\"\nis it\",good\r\n\r\n2, plain ,bad\r\n"))
        .containsExactly(
            new Example("so, \"this\"\nis it", null, 1), new Example(" plain ", null, 0));
  }

  @Test
  void a_bad_row_of_csv_is_told_with_the_line_where_it_begins() {
    assertRefused(
        "x.csv",
        "text,label\n\"two\nlines\",good\n\"again\ntwo\",fair\nthird,bad\n",
        "x.csv:4: label 'fair' is not one of the task's: bad, good");
    assertRefused("x.csv", "text,label\nalone\n", "x.csv:2: has 1 column, but the task needs 2");
    assertRefused(
        "x.csv", "text;label\na;bad\n", "x.csv:1: has no column 'text'. Its columns: text;label");
    assertRefused("x.csv", "", "x.csv: is empty. It needs a header line and rows");
  }

  @Test
  void a_quote_that_is_never_closed_is_told() {
    assertThatThrownBy(() -> read("x.csv", "text,label\ngood,\"bad\nmore\n"))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("x.csv:")
        .hasMessageContaining("is not CSV: ");
  }

  @Test
  void keys_of_json_lines_come_in_any_order() {
    assertThat(
            read(
                "x.jsonl",
                """
                {"label": "good", "text": "a\\n\\"b\\""}

                {"text": "c", "other": [1], "label": "bad"}
                """))
        .containsExactly(new Example("a\n\"b\"", null, 1), new Example("c", null, 0));
  }

  @Test
  void a_key_that_a_row_lacks_is_told() {
    String first = "{\"text\": \"a\", \"label\": \"good\"}\n";
    assertRefused("x.jsonl", first + "{\"text\": \"b\"}\n", "x.jsonl:2: has no label");
    assertRefused(
        "x.jsonl", first + "\n{\"text\": null, \"label\": \"bad\"}\n", "x.jsonl:3: has no text");
    assertRefused(
        "x.jsonl",
        "{\"review\": \"a\", \"label\": \"good\"}\n",
        "x.jsonl:1: has no column 'text'. Its columns: review, label");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[1]", "text", "{\"text\": \"a\"", "{\"text\": \"a\"} {}"})
  void a_line_that_is_no_object_is_told(String line) {
    assertRefused(
        "x.jsonl",
        line + "\n",
        "x.jsonl:1: is not a JSON object on one line, such as {\"text\": \"good\"}");
  }

  @ParameterizedTest
  @CsvSource({"x.tsv", "x.csv", "x.jsonl"})
  void bytes_that_are_no_utf_8_are_told(String file) throws IOException {
    byte[] latin = "text\tlabel\ngr\u00fcn\tgood\n".getBytes(StandardCharsets.ISO_8859_1);
    TableReader reader = new TableReader(file, List.of(SINGLE), TableReader.Labels.NEEDED, false);
    assertThatThrownBy(
            () -> {
              try (Table table =
                  TableFormat.of(file).orElseThrow().open(file, new ByteArrayInputStream(latin))) {
                reader.read(table);
              }
            })
        .hasMessageContaining("is not UTF-8 text");
  }

  @Test
  void the_name_tells_the_format() {
    assertThat(TableFormat.of("dir/X.TSV")).contains(TableFormat.TSV);
    assertThat(TableFormat.of("msr_paraphrase_train.txt")).contains(TableFormat.TSV);
    assertThat(TableFormat.of("x.json")).contains(TableFormat.JSONL);
    assertThat(TableFormat.of("x.parquet")).isEmpty();
  }
}
