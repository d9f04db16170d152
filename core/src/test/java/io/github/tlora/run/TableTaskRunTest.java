package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.metric.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A task that a file describes: train it, lose the file, use the adapter. */
class TableTaskRunTest {
  @TempDir private static Path directory;
  private static Environment environment;
  private static TrainResult trained;

  @BeforeAll
  static void train_then_lose_the_description() throws IOException {
    environment = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
    TinyEncoder.of(Family.BERT).write(directory.resolve("model"));
    List<String> words = List.of("good", "bad", "warm", "cold", "sharp", "dull", "witty", "tired");
    List<String> rows = new ArrayList<>(List.of("stars,review"));
    for (int i = 0; i < 100; i++) {
      rows.add(
          (i % 2 == 0 ? "5" : "1") + ",\"" + words.get(i % 8) + ", " + words.get(i % 8) + "\"");
    }
    Files.write(directory.resolve("rows.csv"), rows);
    Path task =
        Files.writeString(
            directory.resolve("reviews.yaml"),
            """
            columns: {text: review, label: stars}
            labels: [bad, good]
            values: ["1", "5"]
            metrics: [f1, accuracy]
            files: {train: rows.csv}
            dev_fraction: 0.2
            """);
    Layers layers =
        new Layers()
            .set("task", task.toString(), "--task")
            .set("model", directory.resolve("model").toString(), "--model")
            .set("train.max_length", "32", "--set")
            .set("train.epochs", "8", "--set")
            .set("train.batch_size", "8", "--set")
            .set("train.learning_rate", "0.1", "--set");
    trained =
        new TrainRun(layers.resolve(), environment)
            .run(directory.resolve("run"), List.of("train"), () -> {}, event -> {}, () -> false)
            .orElseThrow();
    Files.delete(task);
  }

  private static EvalRun.Result eval(String run, String data) {
    return EvalRun.evaluate(directory.resolve(run), data, "dev", null, environment);
  }

  private static ObjectNode json(String file) throws IOException {
    return (ObjectNode) new JsonMapper().readTree(directory.resolve(file).toFile());
  }

  /** The adapter's own directory, away from its run. */
  private static String alone(String name) throws IOException {
    Path copy = Files.createDirectories(directory.resolve(name));
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(directory.resolve("run/adapter").resolve(file), copy.resolve(file));
    }
    return name;
  }

  @Test
  void training_learns_and_records_how_dev_was_drawn() throws IOException {
    assertThat(trained.task()).isEqualTo("reviews");
    assertThat(trained.data().trainRows()).isEqualTo(80);
    assertThat(trained.data().devRows()).isEqualTo(20);
    assertThat(trained.best().metrics()).containsOnlyKeys(Metric.F1, Metric.ACCURACY);
    assertThat(trained.best().metrics().get(Metric.F1)).isGreaterThan(0.8);
    assertThat(json("run/result.json").at("/data/dev_fraction").asDouble()).isEqualTo(0.2);
    assertThat(json("run/result.json").at("/data/dev_seed").asLong(-1)).isZero();
  }

  @Test
  void the_run_is_scored_on_the_same_rows_without_the_description() {
    EvalRun.Result scored = eval("run", null);
    assertThat(scored.rows()).isEqualTo(20);
    assertThat(scored.metrics()).isEqualTo(trained.best().metrics());
  }

  @Test
  void the_adapter_alone_is_scored_on_rows_that_are_given() throws IOException {
    String copy = alone("alone");
    EvalRun.Result scored = eval(copy, directory.resolve("rows.csv").toString());
    assertThat(scored.rows()).isEqualTo(100);
    assertThat(scored.metrics()).containsOnlyKeys(Metric.F1, Metric.ACCURACY);
    assertThatThrownBy(() -> eval(copy, null))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageStartingWith("data: no rows for task 'reviews'")
        .hasMessageContaining("--data");
  }

  @Test
  void the_adapter_alone_labels_texts() throws IOException {
    Path copy = directory.resolve(alone("labels"));
    try (Classifier classifier = Classifier.load(copy, null, environment)) {
      assertThat(classifier.labels()).containsExactly("bad", "good");
      assertThat(classifier.takesPairs()).isFalse();
      assertThat(classifier.predict(List.of("good, warm")).get(0).label()).isEqualTo("good");
    }
  }

  @Test
  void the_run_can_be_merged() {
    MergeRun.Result merged =
        MergeRun.merge(
            new MergeRun.Request(
                directory.resolve("run"), directory.resolve("merged"), null, null, null, 1e-4),
            environment);
    assertThat(merged.largestDifference()).isLessThan(1e-4);
  }

  @Test
  void an_adapter_tells_its_task_but_not_where_the_rows_were() throws IOException {
    String text = Files.readString(directory.resolve("run/adapter/adapter_config.json"));
    assertThat(json("run/adapter/adapter_config.json").at("/task_definition/values"))
        .hasToString("[\"1\",\"5\"]");
    assertThat(text).doesNotContain("rows.csv");
    assertThat(Files.readString(directory.resolve("run/task.yaml"))).contains("rows.csv");
  }

  @Test
  void a_damaged_definition_is_told() throws IOException {
    String copy = alone("damaged");
    ObjectNode config = json(copy + "/adapter_config.json");
    ((ObjectNode) config.path("task_definition")).put("kind", "guess");
    Files.writeString(directory.resolve(copy + "/adapter_config.json"), config.toString());
    assertThatThrownBy(() -> eval(copy, null))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(
            directory.resolve(copy + "/adapter_config.json")
                + ": task_definition: 'guess' is not one of classification, regression");
  }

  @Test
  void a_submission_is_for_glue_alone() {
    assertThatThrownBy(
            () ->
                SubmissionRun.write(
                    directory.resolve("run"),
                    null,
                    directory.resolve("submission"),
                    null,
                    environment,
                    progress -> {}))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessageStartingWith("--glue-format: task reviews is none of GLUE's");
  }
}
