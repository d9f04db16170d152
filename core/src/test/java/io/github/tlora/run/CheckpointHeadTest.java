package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.metric.Metric;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.SafetensorsWriter;
import io.github.tlora.tensor.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that start from a checkpoint's own head, whatever the order of its labels. */
class CheckpointHeadTest {
  @TempDir private Path directory;
  private Environment environment;

  @BeforeEach
  void write_a_checkpoint_with_a_trained_head() {
    environment = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
    TinyEncoder.of(Family.BERT).write(directory.resolve("base"));
    TinyTask.writeSst2(directory.resolve("data"), 50, 21);
    train("first", "base", "train.epochs", "12");
    MergeRun.merge(
        new MergeRun.Request(
            directory.resolve("first"), directory.resolve("merged"), null, null, null, 1e-3),
        environment);
  }

  private TrainResult train(String name, String model, String... settings) {
    Layers layers =
        new Layers()
            .set("model", directory.resolve(model).toString(), "--model")
            .set("data", directory.resolve("data").toString(), "--data")
            .set("train.max_length", "32", "--max-length")
            .set("train.epochs", "1", "--epochs");
    for (int i = 0; i < settings.length; i += 2) {
      layers.set(settings[i], settings[i + 1], "--set");
    }
    return new TrainRun(layers.resolve(), environment)
        .run(directory.resolve(name), List.of("train"), () -> {}, event -> {}, () -> false)
        .orElseThrow();
  }

  /** One epoch that changes nothing: the score is that of the checkpoint with its own head. */
  private double score(String model, String labels) {
    return train(
            model + "-" + labels,
            model,
            "head",
            "{from: checkpoint, labels: " + labels + ", train: false}",
            "train.learning_rate",
            "0")
        .last()
        .metrics()
        .get(Metric.ACCURACY);
  }

  /** The merged checkpoint with {@code rows} as its head, named so. */
  private void rearrange(String name, Map<String, Integer> rows) throws IOException {
    Path to = Files.createDirectories(directory.resolve(name));
    Path from = directory.resolve("merged");
    Files.copy(from.resolve("tokenizer.json"), to.resolve("tokenizer.json"));
    ObjectNode config =
        (ObjectNode) new JsonMapper().readTree(from.resolve("config.json").toFile());
    ObjectNode byId = config.putObject("id2label");
    rows.keySet().forEach(label -> byId.put(Integer.toString(byId.size()), label));
    Files.writeString(to.resolve("config.json"), config.toString());
    try (NDManager manager = Torch.newManager("cpu");
        SafetensorsReader reader = new SafetensorsReader(from.resolve("model.safetensors"))) {
      Map<String, NDArray> tensors = new LinkedHashMap<>();
      for (String tensor : reader.names()) {
        Shape shape = new Shape(reader.shape(tensor));
        NDArray values = manager.create(reader.floats(tensor), shape, DataType.FLOAT32);
        if (tensor.startsWith("classifier.")) {
          long[] order = rows.values().stream().mapToLong(Integer::longValue).toArray();
          values = values.get(manager.create(order));
        }
        tensors.put(tensor, values);
      }
      SafetensorsWriter.write(to.resolve("model.safetensors"), tensors, Map.of());
    }
  }

  @Test
  void labels_in_another_order_score_the_same_by_name_and_the_reverse_by_index() throws Exception {
    Map<String, Integer> reversed = new LinkedHashMap<>();
    reversed.put("POSITIVE", 1);
    reversed.put("NEGATIVE", 0);
    rearrange("swapped", reversed);
    double whole = score("merged", "by-name");
    assertThat(score("merged", "by-index")).isEqualTo(whole);
    assertThat(score("swapped", "by-name")).isEqualTo(whole);
    assertThat(score("swapped", "by-index")).isCloseTo(1 - whole, within(1e-9));
  }

  @Test
  void a_frozen_head_stays_in_the_checkpoint_and_another_one_is_refused() throws Exception {
    Map<String, Integer> reversed = new LinkedHashMap<>();
    reversed.put("positive", 1);
    reversed.put("negative", 0);
    rearrange("swapped", reversed);
    double score = score("merged", "by-name");
    Path adapter = directory.resolve("merged-by-name/adapter");
    try (SafetensorsReader reader =
        new SafetensorsReader(adapter.resolve("adapter_model.safetensors"))) {
      assertThat(reader.names()).isNotEmpty().noneMatch(tensor -> tensor.contains("classifier"));
    }
    EvalRun.Result again =
        EvalRun.evaluate(directory.resolve("merged-by-name"), null, "dev", null, environment);
    assertThat(again.metrics().get(Metric.ACCURACY)).isEqualTo(score);
    String other = directory.resolve("swapped").toString();
    assertThatThrownBy(
            () ->
                EvalRun.evaluate(
                    adapter, directory.resolve("data").toString(), "dev", other, environment))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the adapter uses the head of ")
        .hasMessageContaining("Give its own model with --model");
  }

  @Test
  void a_frozen_head_whose_labels_were_renamed_is_another_one() throws Exception {
    Map<String, Integer> renamed = new LinkedHashMap<>();
    renamed.put("positive", 0);
    renamed.put("negative", 1);
    rearrange("renamed", renamed);
    score("merged", "by-name");
    String other = directory.resolve("renamed").toString();
    assertThatThrownBy(
            () ->
                EvalRun.evaluate(
                    directory.resolve("merged-by-name"), null, "dev", other, environment))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the adapter uses the head of ");
  }

  @Test
  void a_trained_head_from_the_checkpoint_is_stored() {
    double score =
        train("on", "merged", "head", "{from: checkpoint}").last().metrics().get(Metric.ACCURACY);
    try (SafetensorsReader reader =
        new SafetensorsReader(directory.resolve("on/adapter/adapter_model.safetensors"))) {
      assertThat(reader.names()).contains("classifier.weight", "classifier.bias");
    }
    EvalRun.Result scored =
        EvalRun.evaluate(directory.resolve("on"), null, "dev", null, environment);
    assertThat(scored.metrics().get(Metric.ACCURACY)).isEqualTo(score);
  }

  @Test
  void a_head_of_three_labels_serves_two_by_index_and_is_merged_whole() throws Exception {
    Map<String, Integer> three = new LinkedHashMap<>();
    three.put("negative", 0);
    three.put("positive", 1);
    three.put("neutral", 0);
    rearrange("three", three);
    assertThatThrownBy(() -> score("three", "by-name"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(
            "has the labels negative, positive, neutral; the task's are negative, positive. Take");
    double two = score("merged", "by-name");
    assertThat(score("three", "by-index")).isEqualTo(two); // the third row equals the first

    MergeRun.Result merged =
        MergeRun.merge(
            new MergeRun.Request(
                directory.resolve("three-by-index"),
                directory.resolve("three-merged"),
                null,
                null,
                null,
                1e-4),
            environment);
    assertThat(merged.largestDifference()).isLessThan(1e-4);
    try (SafetensorsReader reader =
        new SafetensorsReader(directory.resolve("three-merged/model.safetensors"))) {
      assertThat(reader.shape("classifier.bias")).containsExactly(3);
    }
  }

  @Test
  void a_checkpoint_without_the_asked_head_is_told_what_to_do() {
    assertThatThrownBy(() -> score("base", "by-index"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(
            ": has no native head to start from: classifier.weight; classifier.bias are missing."
                + " Train a new head with head.from: fresh, or check head.kind");
  }
}
