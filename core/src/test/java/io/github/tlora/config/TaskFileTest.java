package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.data.Glue;
import io.github.tlora.data.TableTask;
import io.github.tlora.metric.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that describe a task. */
class TaskFileTest {
  private static final String COLUMNS = "columns: {text: review, label: stars}\n";
  private static final String LABELS = "labels: [bad, good]\n";

  @TempDir Path dir;

  private TableTask read(String content) throws IOException {
    return TaskFile.read(Files.writeString(dir.resolve("My Reviews.yaml"), content));
  }

  @Test
  void columns_and_labels_are_enough() throws IOException {
    TableTask task = read(COLUMNS + LABELS);
    assertThat(task.key()).isEqualTo("my-reviews");
    assertThat(task.isPair()).isFalse();
    assertThat(task.isRegression()).isFalse();
    assertThat(task.labels()).containsExactly("bad", "good");
    assertThat(task.values()).isEqualTo(task.labels());
    assertThat(task.metrics()).containsExactly(Metric.ACCURACY);
    assertThat(task.devFraction()).isEqualTo(0.1);
    assertThat(task.files()).isEqualTo(new TableTask.Files(null, null, null));
  }

  @Test
  void every_key_is_read_and_files_stand_beside_it() throws IOException {
    TableTask task =
        read(
            """
            name: twins
            kind: regression
            columns: {text: a, pair: b, label: score}
            metrics: [spearman, pearson]
            files: {train: rows/train.csv, dev: dev.jsonl}
            """);
    assertThat(task.key()).isEqualTo("twins");
    assertThat(task.isPair()).isTrue();
    assertThat(task.isRegression()).isTrue();
    assertThat(task.bestBy()).containsExactly(Metric.SPEARMAN);
    assertThat(task.files().train()).isEqualTo(dir.resolve("rows/train.csv").toString());
    assertThat(task.files().dev()).isEqualTo(dir.resolve("dev.jsonl").toString());
    assertThat(task.files().test()).isNull();
  }

  @Test
  void what_is_written_reads_as_the_same_task() throws IOException {
    TableTask task =
        read(
            COLUMNS
                + LABELS
                + "values: ['1', '5']\nmetrics: [f1, accuracy]\nfiles: {train: t.csv}\n"
                + "dev_fraction: 0.25\ndev_seed: 7\n");
    Path elsewhere = Files.createDirectories(dir.resolve("elsewhere")).resolve("task.yaml");
    Files.writeString(elsewhere, TaskFile.toYaml(task));
    assertThat(TaskFile.read(elsewhere)).isEqualTo(task);
    assertThat(task.values()).containsExactly("1", "5");
  }

  @Test
  void a_name_that_is_no_file_s_is_a_task_of_glue() {
    assertThat(TaskFile.find("sst-2")).isEqualTo(Glue.SST2);
    assertThatThrownBy(() -> TaskFile.find(dir.resolve("none.yaml").toString()))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessage(dir.resolve("none.yaml") + ": no such file");
  }

  private void assertRefused(String content, String... lines) {
    assertThatThrownBy(() -> read(content))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessage(
            String.join("\n", List.of(lines)).replace("FILE", "" + dir.resolve("My Reviews.yaml")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "labels: [bad] | FILE:2: labels must be at least two, such as [negative, positive]",
        "labels: [bad, bad] | FILE:2: labels must differ from each other",
        "kind: clasification | FILE:2: kind must be one of (classification, regression), got"
            + " \"clasification\"",
      })
  void what_is_wrong_is_told_with_its_line(String line, String message) {
    String rest = line.startsWith("kind") ? LABELS : "";
    assertRefused(COLUMNS + line + "\n" + rest, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "values: [a] | values must be as many as labels, 2, got 1",
        "metrics: [pearson] | metrics must be among accuracy, f1, matthews with so many labels, got"
            + " pearson",
        "metrics: [accuracy-mm] | metrics must be among accuracy, f1, matthews with so many labels,"
            + " got accuracy_mm",
        "dev_fraction: 1 | dev_fraction must be above 0 and below 1, got 1.0",
        "name: SST-2 | name must be of lower-case letters, digits, - and _, got 'SST-2'",
        "name: sst-2 | name must not be that of a GLUE task, got 'sst-2'",
        "header: false | columns must be numbers from 0 where header is false, got 'review'",
        "files: {train: x.xlsx} | files.train must end in .tsv, .txt, .csv, .jsonl or .json, got"
            + " 'x.xlsx'",
      })
  void settings_that_do_not_fit_are_told(String line, String message) {
    int at = message.startsWith("columns") ? 1 : 3;
    assertRefused(COLUMNS + LABELS + line + "\n", "FILE:" + at + ": " + message);
  }

  @Test
  void an_unknown_key_is_told_with_the_nearest() {
    assertRefused(
        COLUMNS + LABELS + "metric: [f1]\nfiles: {trian: a.csv}\n",
        "FILE:3: unknown key 'metric' (did you mean 'metrics'?). Known keys: columns, dev_fraction,"
            + " dev_seed, files, header, include, kind, labels, metrics, name, values",
        "FILE:4: unknown key 'files.trian' (did you mean 'train'?). Known keys: dev, test, train");
  }

  @Test
  void what_is_missing_is_told() {
    assertRefused(LABELS, "FILE: columns must be given, such as {text: review, label: stars}");
    assertRefused("columns: {text: review}\n" + LABELS, "FILE:1: columns: label must not be empty");
    assertRefused(COLUMNS, "FILE: labels must be at least two, such as [negative, positive]");
    assertRefused(
        COLUMNS + LABELS + "files: {dev: d.csv}\ndev_fraction: 0.2\n",
        "FILE:4: dev_fraction has no use beside files.dev: leave one of them out");
    assertRefused(
        COLUMNS + LABELS + "kind: regression\n", "FILE:2: labels must be left out of a regression");
  }
}
