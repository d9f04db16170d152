package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.metric.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every task reads its files as GLUE distributes them and as nyu-mll/glue has them. The files of
 * the first kind stand in the test resources, under the names that GLUE gives them.
 */
class GlueTest {
  @TempDir Path dir;

  private static Path official(String task) throws Exception {
    return Path.of(GlueTest.class.getResource("glue/" + task).toURI());
  }

  private static Dataset dataset(Glue task, Path directory) {
    return Dataset.find(task, directory.toString(), Path.of("no home"));
  }

  /** The rows of each class, or the two numbers, that every labelled file here has. */
  private static List<Example> rows(Glue task) {
    return switch (task) {
      case SST2 ->
          List.of(
              new Example("a dull , airless film ", null, 0),
              new Example("\"warm\" and funny ", null, 1));
      case COLA ->
          List.of(
              new Example("The cat sat mat the on.", null, 0),
              new Example("The cat sat on the mat.", null, 1));
      case MRPC ->
          List.of(
              new Example("Rain fell in the north .", "The \"north\" stayed dry .", 0),
              new Example("It opens today .", "Today is its opening .", 1));
      case QQP ->
          List.of(
              new Example("How do bees fly?", "Why do bees hum?", 0),
              new Example("Is \"tea healthy?", "Is it healthy to drink tea?", 1));
      case QNLI ->
          List.of(
              new Example("When was it built?", "It was built in 1890.", 0),
              new Example("Who built it?", "It was built in 1890.", 1));
      case RTE ->
          List.of(
              new Example("The bridge fell in 1940.", "A bridge fell.", 0),
              new Example("The bridge fell in 1940.", "Nobody was hurt.", 1));
      case WNLI ->
          List.of(
              new Example("I stuck a pin in the carrot. It had a hole.", "The pin had a hole.", 0),
              new Example(
                  "I stuck a pin in the carrot. It had a hole.", "The carrot had a hole.", 1));
      case STSB ->
          List.of(
              Example.ofValue("\"So\" it rains.", "Rain falls.", 4.75f),
              Example.ofValue("Bees hum.", "It opens today.", 0));
      case MNLI, AX ->
          List.of(
              new Example("The red house burnt down.", "A house burnt.", 0),
              new Example("The red house burnt down.", "It was \"arson\".", 1),
              new Example("The red house burnt down.", "No house ever burnt.", 2));
    };
  }

  private static List<Example> unlabelled(Glue task) {
    return rows(task).stream().map(row -> new Example(row.text(), row.pair(), -1)).toList();
  }

  @ParameterizedTest
  @EnumSource(Glue.class)
  void every_split_of_the_official_files_is_read(Glue task) throws Exception {
    Dataset data = dataset(task, official(task.title()));
    for (String split : task.splits()) {
      Dataset.Split read = data.split(split);
      boolean isTest = task.testSplits().contains(split);
      // AssertJ compares NaN with NaN as equal here: records do.
      assertThat(read.rows()).as(split).isEqualTo(isTest ? unlabelled(task) : rows(task));
      assertThat(read.indexes()).hasSize(isTest ? rows(task).size() : 0);
      assertThat(read.sha256()).matches("[0-9a-f]{64}");
    }
  }

  @Test
  void glue_s_own_folder_is_enough() throws Exception {
    Path glue = official("RTE").getParent();
    for (Glue task : Glue.values()) {
      assertThat(dataset(task, glue).split("test").rows()).isEqualTo(unlabelled(task));
    }
  }

  @Test
  void the_hash_is_of_the_file_s_bytes() throws Exception {
    Path file = official("MRPC").resolve("train.tsv");
    assertThat(dataset(Glue.MRPC, file).split("train").sha256())
        .isEqualTo(io.github.tlora.Sha256.of(Files.readAllBytes(file)));
  }

  @Test
  void the_numbers_of_test_rows_are_the_file_s_own() throws Exception {
    assertThat(dataset(Glue.QQP, official("QQP")).split("test").indexes())
        .containsExactly("0", "1");
    assertThat(dataset(Glue.AX, official("AX")).split("test").indexes())
        .containsExactly("0", "1", "2");
  }

  /** What datasets' to_json and to_csv write of nyu-mll/glue. */
  private Path hub(Glue task, boolean isCsv) throws IOException {
    Path directory = Files.createDirectories(dir.resolve(task.key() + isCsv));
    List<String> columns =
        switch (task) {
          case SST2, COLA -> List.of("sentence");
          case QNLI -> List.of("question", "sentence");
          case QQP -> List.of("question1", "question2");
          case MNLI, AX -> List.of("premise", "hypothesis");
          default -> List.of("sentence1", "sentence2");
        };
    for (String split : task.splits()) {
      List<String> lines = new ArrayList<>();
      if (isCsv) {
        lines.add(String.join(",", columns) + ",label,idx");
      }
      for (Example row : rows(task)) {
        boolean isTest = task.testSplits().contains(split);
        ObjectNode json = new JsonMapper().createObjectNode();
        json.put(columns.get(0), row.text());
        if (row.pair() != null) {
          json.put(columns.get(1), row.pair());
        }
        if (task.isRegression()) {
          json.put("label", isTest ? -1 : row.value());
        } else {
          json.put("label", isTest ? -1 : row.label());
        }
        json.put("idx", lines.size());
        List<String> cells = new ArrayList<>();
        json.forEach(
            cell ->
                cells.add(
                    cell.isTextual()
                        ? '"' + cell.asText().replace("\"", "\"\"") + '"'
                        : cell.asText()));
        lines.add(isCsv ? String.join(",", cells) : json.toString());
      }
      String name = split.replaceFirst("^dev", "validation") + (isCsv ? ".csv" : ".jsonl");
      Files.write(directory.resolve(name), lines);
    }
    return directory;
  }

  @ParameterizedTest
  @EnumSource(Glue.class)
  void every_split_of_the_hub_s_files_is_read(Glue task) throws IOException {
    for (boolean isCsv : new boolean[] {false, true}) {
      Dataset data = dataset(task, hub(task, isCsv));
      for (String split : task.splits()) {
        assertThat(data.split(split).rows())
            .as(split)
            .isEqualTo(task.testSplits().contains(split) ? unlabelled(task) : rows(task));
      }
    }
  }

  @Test
  void classes_may_be_written_by_name_in_the_hub_s_columns() throws IOException {
    Path file = dir.resolve("train.jsonl");
    Files.writeString(
        file, "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"label\": \"equivalent\"}\n");
    assertThat(dataset(Glue.MRPC, file).split("train").rows())
        .containsExactly(new Example("a", "b", 1));
  }

  @Test
  void mrpc_is_parted_by_its_dev_ids_as_the_usual_script_does() throws Exception {
    Dataset data = dataset(Glue.MRPC, official("MRPC-raw"));
    assertThat(data.split("train").rows())
        .containsExactly(
            new Example("Rain fell in the north .", "The \"north\" stayed dry .", 0),
            new Example("He left early .", "He was the first to leave .", 1));
    assertThat(data.split("dev").rows())
        .containsExactly(new Example("It opens today .", "Today is its opening .", 1));
    // The raw file tells the answers, GLUE's does not: they are read where they are.
    assertThat(data.split("test").rows())
        .containsExactly(new Example("Tea is sold here .", "Here they sell tea .", 1));
    assertThat(data.split("train").sha256()).isNotEqualTo(data.split("dev").sha256());
  }

  @Test
  void without_dev_ids_it_says_what_is_missing() throws Exception {
    Path file = dir.resolve("msr_paraphrase_train.txt");
    Files.copy(official("MRPC-raw").resolve("msr_paraphrase_train.txt"), file);
    assertThatThrownBy(() -> dataset(Glue.MRPC, dir).split("dev"))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(
            file
                + ": has the rows of train and dev together, and the dev_ids.tsv that parts them"
                + " is not beside it. Bring it, or give train.tsv and dev.tsv");
  }

  @Test
  void a_bad_row_of_the_raw_mrpc_is_told_with_its_own_line() throws Exception {
    for (String name : List.of("msr_paraphrase_train.txt", "dev_ids.tsv")) {
      Files.copy(official("MRPC-raw").resolve(name), dir.resolve(name));
    }
    Path file = dir.resolve("msr_paraphrase_train.txt");
    Files.writeString(file, Files.readString(file) + "7\t1\t2\ta\tb\r\n");
    assertThatThrownBy(() -> dataset(Glue.MRPC, dir).split("train"))
        .hasMessage(file + ":5: label '7' is not one of the task's: 0, 1");
  }

  @Test
  void short_rows_of_qqp_are_left_out_and_counted_but_not_in_test() throws Exception {
    Dataset data = dataset(Glue.QQP, official("QQP"));
    assertThat(data.split("train").skipped()).isEqualTo(2);
    assertThat(data.split("dev").skipped()).isZero();
    Path file = dir.resolve("test.tsv");
    Files.writeString(file, "id\tquestion1\tquestion2\n0\tWhat is\n1\ta\tb\n");
    assertThatThrownBy(() -> dataset(Glue.QQP, dir).split("test"))
        .hasMessage(file + ":2: has 2 columns, but the task needs 3");
  }

  @Test
  void the_diagnostic_set_with_its_labels_is_read() throws Exception {
    assertThat(dataset(Glue.AX, official("AX-full")).split("test").rows()).isEqualTo(rows(Glue.AX));
  }

  @Test
  void a_lone_file_is_one_dev_split_of_mnli_not_two() throws Exception {
    Path file = dir.resolve("mine.tsv");
    Files.copy(official("MNLI").resolve("dev_matched.tsv"), file);
    assertThat(dataset(Glue.MNLI, file).devSplits()).containsExactly("dev_matched");
    assertThat(dataset(Glue.MNLI, official("MNLI")).devSplits())
        .containsExactly("dev_matched", "dev_mismatched");
    assertThatThrownBy(() -> dataset(Glue.MNLI, dir).split("train"))
        .hasMessage(
            dir + ": has no train split. Looked for train.tsv, train.jsonl, train.json, train.csv");
  }

  @ParameterizedTest
  @EnumSource(Glue.class)
  void every_class_has_one_name(Glue task) {
    assertThat(task.isRegression()).isEqualTo(task == Glue.STSB);
    int classes = task == Glue.MNLI || task == Glue.AX ? 3 : task == Glue.STSB ? 0 : 2;
    assertThat(task.labels()).hasSize(classes).doesNotHaveDuplicates().doesNotContain("");
    assertThat(task.isPair()).isEqualTo(rows(task).get(0).pair() != null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SST2 | negative, positive",
        "COLA | unacceptable, acceptable",
        "MRPC | not_equivalent, equivalent",
        "QQP | not_duplicate, duplicate",
        "QNLI | entailment, not_entailment",
        "RTE | entailment, not_entailment",
        "WNLI | not_entailment, entailment",
        "MNLI | entailment, neutral, contradiction",
        "AX | entailment, neutral, contradiction"
      })
  void labels_are_in_the_order_of_the_hub(Glue task, String labels) {
    assertThat(String.join(", ", task.labels())).isEqualTo(labels);
  }

  @Test
  void metrics_are_those_of_the_benchmark() {
    assertThat(Glue.COLA.metrics()).containsExactly(Metric.MATTHEWS, Metric.ACCURACY);
    assertThat(Glue.AX.metrics()).containsExactly(Metric.MATTHEWS);
    assertThat(Glue.STSB.metrics()).containsExactly(Metric.PEARSON, Metric.SPEARMAN);
    assertThat(Glue.MNLI.metrics()).containsExactly(Metric.ACCURACY, Metric.ACCURACY_MM);
    for (Glue task : List.of(Glue.MRPC, Glue.QQP)) {
      assertThat(task.metrics()).containsExactly(Metric.ACCURACY, Metric.F1);
    }
    for (Glue task : List.of(Glue.SST2, Glue.QNLI, Glue.RTE, Glue.WNLI)) {
      assertThat(task.metrics()).containsExactly(Metric.ACCURACY);
    }
  }

  @Test
  void the_best_epoch_is_chosen_by_the_mean_of_both_or_by_the_first_score() {
    assertThat(Glue.COLA.bestBy()).containsExactly(Metric.MATTHEWS);
    assertThat(Glue.MNLI.bestBy()).containsExactly(Metric.ACCURACY);
    for (Glue task : List.of(Glue.MRPC, Glue.QQP, Glue.STSB)) {
      assertThat(task.bestBy()).isEqualTo(task.metrics());
    }
    for (Glue task : List.of(Glue.SST2, Glue.QNLI, Glue.RTE, Glue.WNLI)) {
      assertThat(task.bestBy()).containsExactly(Metric.ACCURACY);
    }
  }

  @Test
  void the_average_is_that_of_nine_scores_of_which_four_are_means() {
    Map<Glue, Map<Metric, Double>> scored = new EnumMap<>(Glue.class);
    scored.put(Glue.COLA, Map.of(Metric.MATTHEWS, 0.5, Metric.ACCURACY, 0.9));
    scored.put(Glue.SST2, Map.of(Metric.ACCURACY, 0.9));
    scored.put(Glue.MRPC, Map.of(Metric.ACCURACY, 0.8, Metric.F1, 0.9));
    scored.put(Glue.STSB, Map.of(Metric.PEARSON, 0.7, Metric.SPEARMAN, 0.6));
    scored.put(Glue.QQP, Map.of(Metric.ACCURACY, 0.9, Metric.F1, 0.8));
    scored.put(Glue.MNLI, Map.of(Metric.ACCURACY, 0.8, Metric.ACCURACY_MM, 0.7));
    scored.put(Glue.QNLI, Map.of(Metric.ACCURACY, 0.9));
    scored.put(Glue.RTE, Map.of(Metric.ACCURACY, 0.6));
    assertThat(Glue.average(scored)).isEmpty();
    scored.put(Glue.WNLI, Map.of(Metric.ACCURACY, 0.5));
    double nine = (0.5 + 0.9 + 0.85 + 0.65 + 0.85 + 0.75 + 0.9 + 0.6 + 0.5) / 9;
    assertThat(Glue.average(scored)).hasValueCloseTo(nine, within(1e-12));
    scored.put(Glue.AX, Map.of(Metric.MATTHEWS, 0.1));
    assertThat(Glue.average(scored)).hasValueCloseTo(nine, within(1e-12));
  }

  @Test
  void keys_are_lower_case_names() {
    assertThat(Arrays.stream(Glue.values()).map(Glue::key))
        .containsExactly(
            "sst2", "cola", "mrpc", "qqp", "qnli", "rte", "wnli", "stsb", "mnli", "ax");
  }
}
