package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tlora.UserError;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Glue;
import io.github.tlora.data.TokenLengths;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of data sets, and of what is wrong with them. */
class DataRunTest {
  private static final String HEADER = "index\tsentence1\tsentence2\tlabel\n";

  @TempDir private Path folder;
  private Environment environment;

  @BeforeEach
  void places() {
    environment = new Environment(folder.resolve("home"), folder.resolve("hub"), "cpu", null);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private DataRun.Report describe(String task, int maxLength) {
    return DataRun.describe(task, folder.toString(), "bundled", maxLength, environment, p -> {});
  }

  private DataCheckRun.Result check(String task, int most) {
    return DataCheckRun.check(task, folder.toString(), most, environment);
  }

  private void writeRte() throws IOException {
    write(
        "train.tsv",
        HEADER
            + "0\tone\ttwo\tentailment\n"
            + "1\tone\ttwo\tentailment\n"
            + "2\tthree\tfour five six\tnot_entailment\n"
            + "3\tseven\teight\tentailment\n");
    write("dev.tsv", HEADER + "0\tone\ttwo\tnot_entailment\n1\tnine\tten\tentailment\n");
    write("test.tsv", "index\tsentence1\tsentence2\n0\tnine\tten\n");
  }

  @Test
  void a_data_set_is_described_split_by_split() throws IOException {
    writeRte();
    DataRun.Report report = describe("RTE", 6);
    assertThat(report.task()).isEqualTo("rte");
    assertThat(report.pair()).isTrue();
    assertThat(report.splits().keySet()).containsExactly("train", "dev", "test");
    DataRun.Split train = report.splits().get("train");
    assertThat(train.file()).isEqualTo(folder.resolve("train.tsv").toString());
    assertThat(train.rows()).isEqualTo(4);
    assertThat(train.columns()).containsExactly("index", "sentence1", "sentence2", "label");
    assertThat(train.labels())
        .containsExactly(Map.entry("entailment", 3), Map.entry("not_entailment", 1));
    assertThat(train.unlabelled()).isZero();
    assertThat(train.duplicates()).isEqualTo(1);
    assertThat(train.shared()).containsExactly(Map.entry("dev", 2), Map.entry("test", 0));
    // [CLS] one [SEP] two [SEP], and once [CLS] three [SEP] four five six [SEP]
    assertThat(train.tokens()).isEqualTo(new TokenLengths(5, 5.5, 5, 7, 7, 7, 1, 0.25));
    assertThat(train.samples())
        .containsExactly(
            new DataRun.Sample("one", "two", "entailment"),
            new DataRun.Sample("one", "two", "entailment"),
            new DataRun.Sample("three", "four five six", "not_entailment"));
    DataRun.Split test = report.splits().get("test");
    assertThat(test.unlabelled()).isEqualTo(1);
    assertThat(test.labels()).containsEntry("entailment", 0);
    assertThat(test.shared()).containsExactly(Map.entry("train", 0), Map.entry("dev", 1));
    assertThat(test.samples()).containsExactly(new DataRun.Sample("nine", "ten", null));
  }

  @Test
  void a_regression_has_numbers_and_no_labels() throws IOException {
    write("train.tsv", "sentence1\tsentence2\tscore\na\tb\t1.5\nc\td\t4.5\n");
    DataRun.Split train = describe("stsb", 128).splits().get("train");
    assertThat(train.labels()).isEmpty();
    assertThat(train.values()).isEqualTo(new DataRun.Values(1.5, 3, 4.5));
    assertThat(train.samples()).contains(new DataRun.Sample("a", "b", 1.5f));
  }

  @Test
  void the_bundled_sample_is_described_too() {
    List<DataRun.Progress> heard = new ArrayList<>();
    DataRun.Report report = DataRun.describe("sst2", null, "bundled", 128, environment, heard::add);
    assertThat(report.sample()).isTrue();
    assertThat(report.data()).isEqualTo(Dataset.SAMPLE);
    assertThat(report.splits().keySet()).containsExactly("train", "dev");
    assertThat(report.splits().get("train").labels().values().stream().mapToInt(i -> i).sum())
        .isEqualTo(report.splits().get("train").rows())
        .isEqualTo(1200);
    assertThat(report.splits().get("train").tokens().mean()).isCloseTo(14, within(8.0));
    assertThat(heard)
        .containsExactly(
            new DataRun.Progress("train", 1000, 1200),
            new DataRun.Progress("train", 1200, 1200),
            new DataRun.Progress("dev", 300, 300));
  }

  @Test
  void one_file_is_one_split() throws IOException {
    write("mine.tsv", "sentence\tlabel\ngood\t1\n");
    DataRun.Report report =
        DataRun.describe(
            "sst2", folder.resolve("mine.tsv").toString(), "bundled", 128, environment, p -> {});
    assertThat(report.splits().keySet()).containsExactly("train");
  }

  @Test
  void long_rows_are_counted_whole() throws IOException {
    write("train.tsv", "sentence\tlabel\n" + "good ".repeat(3000) + "\t1\n");
    TokenLengths tokens = describe("sst2", 128).splits().get("train").tokens();
    assertThat(tokens.most()).isEqualTo(3002);
    assertThat(tokens.cutShare()).isEqualTo(1);
  }

  @Test
  void a_directory_without_files_is_refused() {
    assertThatThrownBy(() -> describe("sst2", 128))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("has no train split");
  }

  @Test
  void files_in_order_have_no_fault() throws IOException {
    writeRte();
    DataCheckRun.Result checked = check("rte", 10);
    assertThat(checked.faults()).isZero();
    assertThat(checked.splits().keySet()).containsExactly("train", "dev", "test");
    assertThat(checked.splits().get("train").rows()).isEqualTo(4);
  }

  @Test
  void every_fault_is_named_with_file_and_line() throws IOException {
    write(
        "train.tsv",
        HEADER
            + "0\tone\ttwo\tentailment\n"
            + "1\tone\n"
            + "2\tone\ttwo\tmaybe\n"
            + "\n"
            + "3\tone\ttwo\tnot_entailment\n"
            + "4\tone\ttwo\t\n");
    write("dev.tsv", "index\tsentence1\tlabel\n0\tone\tentailment\n");
    DataCheckRun.Result checked = check("rte", 10);
    String train = folder.resolve("train.tsv").toString();
    DataCheckRun.Split split = checked.splits().get("train");
    assertThat(split.rows()).isEqualTo(2);
    assertThat(split.faultCount()).isEqualTo(3);
    assertThat(split.faults())
        .satisfiesExactly(
            fault -> assertThat(fault).startsWith(train + ":3: has 2 columns"),
            fault -> assertThat(fault).startsWith(train + ":4: label 'maybe' is not one"),
            fault -> assertThat(fault).startsWith(train + ":7: label '' is not one"));
    assertThat(checked.splits().get("dev").faults())
        .singleElement()
        .asString()
        .contains("dev.tsv:1: has no column 'sentence2'");
    assertThat(checked.faults()).isEqualTo(4);
  }

  @Test
  void the_list_is_bounded_and_the_count_is_not() throws IOException {
    write("train.tsv", HEADER + "0\tone\n".repeat(50));
    write("dev.tsv", HEADER + "0\tone\ttwo\tentailment\n");
    DataCheckRun.Split split = check("rte", 7).splits().get("train");
    assertThat(split.faults()).hasSize(7);
    assertThat(split.faultCount()).isEqualTo(51); // and that no row is left
  }

  @Test
  void lines_that_are_no_json_are_all_named() throws IOException {
    write(
        "train.jsonl",
        "{\"sentence\": \"a\", \"label\": 1}\nnot json\n[1]\n{\"sentence\": \"b\", \"label\": 0}\n");
    write("dev.jsonl", "{\"sentence\": \"a\", \"label\": 1}\n");
    DataCheckRun.Split split = check("sst2", 10).splits().get("train");
    assertThat(split.rows()).isEqualTo(2);
    assertThat(split.faults())
        .hasSize(2)
        .anyMatch(fault -> fault.contains("train.jsonl:2: "))
        .anyMatch(fault -> fault.contains("train.jsonl:3: "));
  }

  @Test
  void csv_with_an_open_quote_ends() throws IOException {
    write("train.csv", "sentence,label\na,1\n\"b,0\nc,1\n");
    write("dev.csv", "sentence,label\na,1\n");
    assertThat(check("sst2", 10).splits().get("train").faultCount()).isPositive();
  }

  @Test
  void a_split_that_is_needed_and_missing_is_a_fault() throws IOException {
    write("train.tsv", HEADER + "0\tone\ttwo\tentailment\n");
    DataCheckRun.Result checked = check("rte", 10);
    assertThat(checked.faults()).isEqualTo(1);
    assertThat(checked.splits().get("dev").faults()).singleElement().asString().contains("dev");
  }

  @Test
  void bytes_that_are_no_text_are_a_fault() throws IOException {
    byte[] bytes =
        (HEADER + "0\tone\ttw\u00e9\tentailment\n").getBytes(StandardCharsets.ISO_8859_1);
    Files.write(folder.resolve("train.tsv"), bytes);
    write("dev.tsv", HEADER + "0\tone\ttwo\tentailment\n");
    assertThat(check("rte", 10).splits().get("train").faults())
        .anyMatch(fault -> fault.contains("is not UTF-8 text"));
  }

  @Test
  void the_diagnostic_set_has_test_rows_alone() throws IOException {
    write("AX.tsv", "index\tsentence1\tsentence2\n0\ta\tb\n");
    assertThat(describe("ax", 128).splits().keySet()).containsExactlyElementsOf(Glue.AX.splits());
    assertThat(check("ax", 10).faults()).isZero();
  }

  @Test
  void a_task_of_one_s_own_is_described_with_the_dev_rows_that_are_drawn() throws IOException {
    Path task = folder.resolve("reviews.yaml");
    Files.writeString(
        task,
        """
        columns: {text: review, label: stars}
        labels: [bad, good]
        dev_fraction: 0.25
        files: {train: reviews.csv}
        """);
    StringBuilder rows = new StringBuilder("review,stars\n");
    for (int i = 0; i < 40; i++) {
      rows.append("review ").append(i).append(i % 2 == 0 ? ",bad\n" : ",good\n");
    }
    write("reviews.csv", rows.toString());
    DataRun.Report report =
        DataRun.describe(task.toString(), null, "bundled", 128, environment, p -> {});
    assertThat(report.splits().keySet()).containsExactly("train", "dev");
    assertThat(report.splits().get("train").rows()).isEqualTo(30);
    assertThat(report.splits().get("dev").rows()).isEqualTo(10);
    assertThat(report.splits().get("dev").shared()).containsExactly(Map.entry("train", 0));
    assertThat(report.splits().get("dev").columns()).containsExactly("review", "stars");
    assertThat(DataCheckRun.check(task.toString(), null, 10, environment).faults()).isZero();
    write("reviews.csv", rows + "late,3\n");
    DataCheckRun.Result checked = DataCheckRun.check(task.toString(), null, 10, environment);
    assertThat(checked.splits().keySet()).containsExactly("train");
    assertThat(checked.splits().get("train").faults())
        .singleElement()
        .asString()
        .contains("reviews.csv:42: label '3'");
  }
}
