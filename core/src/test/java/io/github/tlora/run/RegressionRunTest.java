package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.metric.Metric;
import io.github.tlora.tensor.SafetensorsReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A task whose rows have numbers: train, eval, merge, predict, from files alone. */
class RegressionRunTest {
  @TempDir private static Path directory;
  private static Environment environment;
  private static TrainResult trained;

  @BeforeAll
  static void train_once() throws IOException {
    environment = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
    TinyEncoder.of(Family.BERT).write(directory.resolve("model"));
    ObjectNode config = json("model/config.json");
    Files.writeString(
        directory.resolve("model/config.json"), config.put("num_labels", 3).toString());
    TinyTask.writeStsb(directory.resolve("data"), 120, 31);
    trained =
        train(
            "run",
            "model",
            "train.epochs",
            "12",
            "train.batch_size",
            "8",
            "train.learning_rate",
            "0.1");
  }

  private static TrainResult train(String name, String model, String... settings) {
    Layers layers =
        new Layers()
            .set("task", "STS-B", "--task")
            .set("model", directory.resolve(model).toString(), "--model")
            .set("data", directory.resolve("data").toString(), "--data")
            .set("train.max_length", "32", "--max-length");
    for (int i = 0; i < settings.length; i += 2) {
      layers.set(settings[i], settings[i + 1], "--set");
    }
    return new TrainRun(layers.resolve(), environment)
        .run(directory.resolve(name), List.of("train"), () -> {}, event -> {}, () -> false)
        .orElseThrow();
  }

  private static EvalRun.Result eval(String run, String model) {
    return EvalRun.evaluate(directory.resolve(run), null, "dev", model, environment);
  }

  private static ObjectNode json(String file) throws IOException {
    return (ObjectNode) new JsonMapper().readTree(directory.resolve(file).toFile());
  }

  private static List<JsonNode> evaluations() {
    try {
      return Files.readAllLines(directory.resolve("run/metrics.jsonl")).stream()
          .map(RegressionRunTest::parse)
          .filter(event -> event.has("metrics"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode parse(String line) {
    try {
      return new JsonMapper().readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void training_learns_the_numbers() {
    assertThat(trained.task()).isEqualTo("stsb");
    assertThat(trained.parameters().head()).isEqualTo(16 + 1);
    assertThat(trained.best().metrics()).containsOnlyKeys(Metric.PEARSON, Metric.SPEARMAN);
    assertThat(trained.best().metrics().get(Metric.PEARSON)).isGreaterThan(0.8);
    // The four scores have a variance of 3.2; a model that says their mean everywhere has that
    // loss.
    assertThat(evaluations().get(11).path("loss").asDouble()).isBetween(0.0, 1.6);
  }

  @Test
  void the_mean_of_both_correlations_decides_which_epoch_is_best() {
    double best = Double.NEGATIVE_INFINITY;
    for (JsonNode evaluation : evaluations()) {
      double mean =
          (evaluation.at("/metrics/pearson").asDouble()
                  + evaluation.at("/metrics/spearman").asDouble())
              / 2;
      assertThat(evaluation.path("is_best").asBoolean())
          .as("epoch %s", evaluation.path("epoch"))
          .isEqualTo(mean > best);
      best = Math.max(best, mean);
    }
  }

  @Test
  void eval_gives_the_digits_of_the_best_epoch() {
    EvalRun.Result best = eval("run", null);
    assertThat(best.metrics()).isEqualTo(trained.best().metrics());
    assertThat(best.rows()).isEqualTo(31);
  }

  @Test
  void a_classifier_gives_numbers_in_place_of_labels() throws IOException {
    assertThat(json("run/adapter/adapter_config.json").path("labels").isArray()).isTrue();
    try (Classifier classifier = Classifier.load(directory.resolve("run"), null, environment)) {
      assertThat(classifier.labels()).isEmpty();
      List<Classifier.Prediction> predictions =
          classifier.predictPairs(
              List.of(
                  new Classifier.TextPair("good", "sharp"),
                  new Classifier.TextPair("bad", "dull")));
      assertThat(predictions)
          .allSatisfy(
              prediction -> {
                assertThat(prediction.label()).isNull();
                assertThat(prediction.probabilities()).isEmpty();
              });
      assertThat(predictions.get(0).value()).isGreaterThan(predictions.get(1).value() + 1);
    }
  }

  @Test
  void merging_writes_a_regression_of_one_label_that_starts_another_run() throws Exception {
    MergeRun.Result result =
        MergeRun.merge(
            new MergeRun.Request(
                directory.resolve("run"), directory.resolve("merged"), null, null, null, 1e-4),
            environment);
    assertThat(result.largestDifference()).isLessThan(1e-4);
    assertThat(result.stock()).isTrue();
    ObjectNode config = json("merged/config.json");
    assertThat(config.path("problem_type").asText()).isEqualTo("regression");
    assertThat(config.path("id2label")).hasToString("{\"0\":\"LABEL_0\"}");
    assertThat(config.path("label2id")).hasToString("{\"LABEL_0\":0}");
    assertThat(config.has("num_labels")).isFalse(); // 3 in the base's
    assertThat(Files.readString(directory.resolve("merged/README.md")))
        .contains("A regression: its one logit is the number.")
        .doesNotContain("Labels:");
    try (SafetensorsReader merged =
        new SafetensorsReader(directory.resolve("merged/model.safetensors"))) {
      assertThat(merged.shape("classifier.weight")).containsExactly(1, 16);
    }
    TrainResult own =
        train(
            "own",
            "merged",
            "head",
            "{from: checkpoint, train: false}",
            "train.learning_rate",
            "0",
            "train.epochs",
            "1");
    // Not Spearman's: rows of equal words are ties here, which rounding may break.
    assertThat(own.last().metrics().get(Metric.PEARSON))
        .isCloseTo(trained.best().metrics().get(Metric.PEARSON), within(1e-4));
    assertThat(eval("own", null).metrics()).isEqualTo(own.best().metrics());
    assertThatThrownBy(() -> eval("own", directory.resolve("model").toString()))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageContaining(" of one logit; the head here has LABEL_0, LABEL_1, LABEL_2. Give");
  }

  @ParameterizedTest
  @CsvSource({
    "stsb, '[\"a\", \"b\"]', 'there are 2, but task stsb is a regression, which has none'",
    "sst2, [], 'there are none, but task sst2 has classes'"
  })
  void labels_that_are_not_of_the_task_s_kind_are_told(String task, String labels, String told)
      throws IOException {
    Path changed = Files.createDirectories(directory.resolve("changed-" + task));
    ObjectNode config = json("run/adapter/adapter_config.json");
    config.put("task", task).set("labels", parse(labels));
    Files.writeString(changed.resolve("adapter_config.json"), config.toString());
    assertThatThrownBy(() -> eval("changed-" + task, null))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(
            changed.resolve("adapter_config.json")
                + ": labels: "
                + told
                + ". The file was changed: take it from its run again");
  }

  @Test
  void a_head_of_classes_is_no_start() throws IOException {
    assertThatThrownBy(() -> train("not", "model", "head.from", "checkpoint"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("LABEL_0, LABEL_1, LABEL_2; the task is a regression");
    assertThat(directory.resolve("not")).doesNotExist();
  }
}
