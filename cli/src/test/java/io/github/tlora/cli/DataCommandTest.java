package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.keys;
import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tlora data}. */
class DataCommandTest {
  @TempDir private Path folder;

  @BeforeEach
  void write_rows() throws IOException {
    Files.writeString(
        folder.resolve("train.tsv"), "sentence\tlabel\ngood film\t1\nbad film\t0\ngood film\t1\n");
    Files.writeString(folder.resolve("dev.tsv"), "sentence\tlabel\ngood film\t1\n");
  }

  @Test
  void a_data_set_is_shown_in_words() {
    Invocation done = tlora("data", "sst2", "--data", folder, "--max-length", 3).succeeded();
    assertThat(done.err()).isEmpty();
    assertThat(done.outLines())
        .containsSubsequence(
            "task      sst2, single texts",
            "data      " + folder,
            "tokens    of sentence-transformers/all-MiniLM-L6-v2, cut after 3",
            "train     " + folder.resolve("train.tsv") + ", 3 rows",
            "columns   sentence, label",
            "labels    negative 1 (33.3 %), positive 2 (66.7 %)",
            "lengths   4 to 4 tokens, median 4, 95 % up to 4, 99 % up to 4; 3 rows cut (100.00 %)",
            "doubles   1 within, 2 also in dev",
            "row       positive: good film",
            "row       negative: bad film",
            "row       positive: good film",
            "dev       " + folder.resolve("dev.tsv") + ", 1 row");
  }

  @Test
  void as_json_it_has_the_splits_by_name() {
    JsonNode report = tlora("data", "sst2", "--data", folder, "--json").succeeded().json();
    assertThat(keys(report))
        .containsExactly(
            "task", "data", "sample", "regression", "pair", "model", "max_length", "splits");
    assertThat(keys(report.get("splits"))).containsExactly("train", "dev");
    assertThat(keys(report.at("/splits/train")))
        .containsExactly(
            "file",
            "sha256",
            "rows",
            "skipped",
            "columns",
            "labels",
            "unlabelled",
            "tokens",
            "duplicates",
            "shared",
            "samples");
    assertThat(report.at("/splits/train/labels/positive").asInt()).isEqualTo(2);
    assertThat(keys(report.at("/splits/train/samples/0"))).containsExactly("text", "label");
  }

  @Test
  void a_check_without_faults_is_exit_code_0() {
    Invocation done = tlora("data", "sst2", "--data", folder, "--check").succeeded();
    assertThat(done.outLines())
        .containsExactly(
            "train     " + folder.resolve("train.tsv") + ", 3 rows, no fault",
            "dev       " + folder.resolve("dev.tsv") + ", 1 row, no fault");
  }

  @Test
  void a_check_names_every_fault_and_exits_with_3() throws IOException {
    Path dev = folder.resolve("dev.tsv");
    Files.writeString(dev, "sentence\tlabel\ngood film\tyes\nbad film\nfine\t1\n");
    Invocation done = tlora("data", "sst2", "--data", folder, "--check");
    assertThat(done.code()).isEqualTo(3);
    assertThat(done.outLines())
        .hasSize(4)
        .anyMatch(line -> line.startsWith(dev + ":2: label 'yes' is not one of"))
        .anyMatch(line -> line.startsWith(dev + ":3: has 1 column, but the task needs 2"));
    assertThat(done.errLines())
        .containsExactly(
            "tlora: data: 2 faults in " + folder + ". The list on stdout names file and line");
    Invocation json =
        tlora("data", "sst2", "--data", folder, "--check", "--max-faults", 1, "--json");
    assertThat(json.code()).isEqualTo(3);
    assertThat(json.json().at("/splits/dev/fault_count").asInt()).isEqualTo(2);
    assertThat(json.json().at("/splits/dev/faults")).hasSize(1);
  }

  @Test
  void without_a_check_the_first_fault_is_told() throws IOException {
    Files.writeString(folder.resolve("dev.tsv"), "sentence\tlabel\ngood film\tyes\n");
    Invocation done = tlora("data", "sst2", "--data", folder);
    assertThat(done.code()).isEqualTo(3);
    assertThat(done.out()).isEmpty();
    assertThat(done.errLines()).singleElement().asString().contains("dev.tsv:2: label 'yes'");
  }

  @Test
  void a_task_is_needed_and_limits_are_positive() {
    assertThat(tlora("data").code()).isEqualTo(2);
    assertThat(tlora("data", "sst2", "--max-length", 0).code()).isEqualTo(2);
  }
}
