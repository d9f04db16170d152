package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.data.Glue;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files that gluebenchmark.com takes. */
class SubmissionRunTest {
  @TempDir private static Path directory;
  private static Environment environment;
  @TempDir private Path output;

  @BeforeAll
  static void train_once() {
    environment = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
    TinyEncoder.of(Family.BERT).write(directory.resolve("model"));
    TinyTask.writeMnli(directory.resolve("glue/MNLI"), 120, 31);
    TinyTask.writeStsb(directory.resolve("glue/STS-B"), 40, 10);
    train("mnli", "10");
    train("stsb", "1");
  }

  private static void train(String task, String epochs) {
    Layers layers =
        new Layers()
            .set("task", task, "--task")
            .set("model", directory.resolve("model").toString(), "--model")
            .set("data", directory.resolve("glue").toString(), "--data")
            .set("train.max_length", "32", "--set")
            .set("train.epochs", epochs, "--set")
            .set("train.batch_size", "8", "--set")
            .set("train.learning_rate", "0.1", "--set");
    TrainRun run = new TrainRun(layers.resolve(), environment);
    assertThat(
            run.run(directory.resolve(task), List.of("train"), () -> {}, event -> {}, () -> false))
        .isPresent();
  }

  private SubmissionRun.Result write(String run, List<SubmissionRun.Progress> heard) {
    return SubmissionRun.write(directory.resolve(run), null, output, null, environment, heard::add);
  }

  private static void ax(String place, String... rows) throws IOException {
    Path file = directory.resolve(place);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "index\tsentence1\tsentence2\n" + String.join("\n", rows) + "\n");
  }

  @Test
  void an_mnli_run_writes_both_splits_and_the_diagnostic_set_with_label_words() throws IOException {
    ax("glue/AX/AX.tsv", "7\tgood\twarm", "3\tbad\tdull", "5\tgood\tbad");
    List<SubmissionRun.Progress> heard = new ArrayList<>();
    SubmissionRun.Result result = write("mnli", heard);
    assertThat(result.files())
        .extracting(SubmissionRun.Written::file)
        .containsExactly("MNLI-m.tsv", "MNLI-mm.tsv", "AX.tsv");
    assertThat(result.files()).extracting(SubmissionRun.Written::rows).containsExactly(31, 31, 3);
    // The rows' own numbers in the file's order, each with what the classifier says of it.
    List<String> expected = new ArrayList<>(List.of("index\tprediction"));
    try (Classifier classifier = Classifier.load(directory.resolve("mnli"), null, environment)) {
      List<Classifier.Prediction> said =
          classifier.predictPairs(
              List.of(
                  new Classifier.TextPair("good", "warm"),
                  new Classifier.TextPair("bad", "dull"),
                  new Classifier.TextPair("good", "bad")));
      for (int i = 0; i < 3; i++) {
        expected.add(List.of(7, 3, 5).get(i) + "\t" + said.get(i).label());
      }
    }
    assertThat(Files.readAllLines(output.resolve("AX.tsv"))).isEqualTo(expected);
    List<String> matched = Files.readAllLines(output.resolve("MNLI-m.tsv"));
    assertThat(matched).hasSize(32).first().isEqualTo("index\tprediction");
    assertThat(matched.subList(1, 32))
        .allMatch(line -> line.matches("\\d+\t(entailment|neutral|contradiction)"));
    assertThat(matched.get(31)).startsWith("30\t");
    assertThat(heard).extracting(SubmissionRun.Progress::rows).containsExactly(31, 31, 3);
    Files.delete(directory.resolve("glue/AX/AX.tsv"));
  }

  @Test
  void without_the_diagnostic_set_there_is_no_file_of_it() {
    assertThat(write("mnli", new ArrayList<>()).files())
        .extracting(SubmissionRun.Written::file)
        .containsExactly("MNLI-m.tsv", "MNLI-mm.tsv");
    assertThat(output.resolve("AX.tsv")).doesNotExist();
  }

  @Test
  void a_file_that_exists_is_refused_and_stays_and_those_of_other_tasks_do_not_matter()
      throws IOException {
    Files.writeString(output.resolve("CoLA.tsv"), "of another run");
    write("mnli", new ArrayList<>());
    Files.writeString(output.resolve("MNLI-mm.tsv"), "mine");
    Files.delete(output.resolve("MNLI-m.tsv"));
    assertThatThrownBy(() -> write("mnli", new ArrayList<>()))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessageContaining("MNLI-mm.tsv' exists already");
    assertThat(output.resolve("MNLI-mm.tsv")).hasContent("mine");
    assertThat(output.resolve("MNLI-m.tsv")).doesNotExist();
  }

  @Test
  void a_task_without_test_rows_is_told_before_anything_is_written() {
    assertThatThrownBy(() -> write("stsb", new ArrayList<>()))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageStartingWith(directory.resolve("glue/STS-B") + ": has no test split.");
    assertThat(output).isEmptyDirectory();
  }

  @Test
  void a_regression_writes_numbers_within_the_scale() throws IOException {
    Path test = directory.resolve("glue/STS-B/test.tsv");
    Files.writeString(test, "index\tsentence1\tsentence2\n0\tgood\twarm\n1\tbad\tdull\n");
    write("stsb", new ArrayList<>());
    List<String> lines = Files.readAllLines(output.resolve("STS-B.tsv"));
    assertThat(lines).hasSize(3);
    for (String line : lines.subList(1, 3)) {
      assertThat(Double.parseDouble(line.substring(2))).isBetween(0.0, 5.0);
    }
    Files.delete(test);
  }

  @ParameterizedTest
  @CsvSource({
    "STSB, -0.3, 0, 0",
    "STSB, 5.25, 0, 5",
    "STSB, 3.75, 0, 3.75",
    "STSB, 0.00012, 0, 0.00012",
    "COLA, 0.5, 0.7, 1",
    "WNLI, 0.9, 0.7, 0",
    "SST2, 0.9, 0.7, 0",
    "MRPC, 0.5, 0.7, 1",
    "QQP, 0.5, 0.7, 1",
    "QNLI, 0.5, 0.7, not_entailment",
    "RTE, 0.9, 0.7, entailment"
  })
  void classes_are_numbers_or_words_as_the_benchmark_has_them(
      Glue task, float first, float second, String expected) {
    float[] logits = task.isRegression() ? new float[] {first} : new float[] {first, second};
    String prediction = SubmissionRun.prediction(task, logits);
    if (task.isRegression()) {
      assertThat(prediction).doesNotContain("E");
      assertThat(Float.parseFloat(prediction)).isEqualTo(Float.parseFloat(expected));
    } else {
      assertThat(prediction).isEqualTo(expected);
    }
  }

  @Test
  void a_model_that_diverged_is_told() {
    assertThatThrownBy(() -> SubmissionRun.prediction(Glue.COLA, new float[] {Float.NaN, 0}))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("it has diverged");
  }
}
