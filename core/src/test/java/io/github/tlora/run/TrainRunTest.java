package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.metric.Metric;
import io.github.tlora.model.Architecture;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.SafetensorsWriter;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole runs on a tiny encoder: train, eval, merge, predict, from files alone. */
class TrainRunTest {
  @TempDir Path directory;
  private Environment environment;

  @BeforeEach
  void write_model_and_data() {
    environment = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
    TinyEncoder.of(Family.BERT).withDropout(0.1).write(directory.resolve("model"));
    TinyTask.writeSst2(directory.resolve("data"), 50, 21);
    TinyTask.writeRte(directory.resolve("pairs"), 40, 9);
  }

  private Layers config(String... settings) {
    Layers layers =
        new Layers()
            .set("model", directory.resolve("model").toString(), "--model")
            .set("data", directory.resolve("data").toString(), "--data")
            .set("train.max_length", "32", "--max-length")
            .set("train.epochs", "2", "--epochs");
    for (int i = 0; i < settings.length; i += 2) {
      layers.set(settings[i], settings[i + 1], "--set");
    }
    return layers;
  }

  private TrainResult train(String name, String... settings) {
    return new TrainRun(config(settings).resolve(), environment)
        .run(directory.resolve(name), List.of("train"), () -> {}, event -> {}, () -> false)
        .orElseThrow();
  }

  private List<String> files(String name) throws Exception {
    try (Stream<Path> entries = Files.list(directory.resolve(name))) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  private JsonNode json(String file) throws Exception {
    return new JsonMapper().readTree(directory.resolve(file).toFile());
  }

  @Test
  void a_run_leaves_exactly_its_files() throws Exception {
    train("run");
    assertThat(files("run"))
        .containsExactly(
            "adapter",
            "config.yaml",
            "details.json",
            "last",
            "log.txt",
            "manifest.json",
            "metrics.jsonl",
            "predictions",
            "provenance.json",
            "result.json");
    assertThat(json("run/manifest.json").path("status").asText()).isEqualTo("complete");
    assertThat(Files.readAllLines(directory.resolve("run/metrics.jsonl"))).hasSize(2 * 2 + 2);
  }

  @Test
  void result_json_has_every_field() throws Exception {
    train("run", "adapter.rank", "4");
    JsonNode result = json("run/result.json");
    for (String field :
        List.of(
            "/task",
            "/data/name",
            "/data/sample",
            "/data/train_rows",
            "/data/dev_rows",
            "/data/sha256",
            "/model",
            "/method",
            "/rank",
            "/seed",
            "/parameters/adapter",
            "/parameters/head",
            "/parameters/trainable",
            "/parameters/total",
            "/best/step",
            "/best/epoch",
            "/best/metrics/accuracy",
            "/last/step",
            "/last/epoch",
            "/last/metrics/accuracy",
            "/examples_per_second",
            "/tokens_per_second",
            "/time_to_first_step_s",
            "/wall_s",
            "/peak_rss_bytes")) {
      assertThat(result.at(field).isMissingNode()).as(field).isFalse();
    }
    assertThat(result.at("/rank").asInt()).isEqualTo(4);
    assertThat(result.at("/data/train_rows").asInt()).isEqualTo(50);
    assertThat(result.at("/parameters/adapter").asInt()).isEqualTo(2 * 2 * 17);
    assertThat(result.at("/data/sample").asBoolean()).isFalse();
  }

  @Test
  void eval_gives_the_digits_of_the_best_epoch() {
    TrainResult trained = train("run");
    EvalRun.Result best =
        EvalRun.evaluate(directory.resolve("run"), null, "dev", null, environment);
    assertThat(best.metrics()).isEqualTo(trained.best().metrics());
    assertThat(best.rows()).isEqualTo(21);
    EvalRun.Result last =
        EvalRun.evaluate(directory.resolve("run/last"), null, "dev", null, environment);
    assertThat(last.metrics()).isEqualTo(trained.last().metrics());
  }

  @Test
  void the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    train("a", "seed", "3");
    train("b", "seed", "3");
    train("c", "seed", "4");
    Path weights = Path.of("adapter/adapter_model.safetensors");
    assertThat(directory.resolve("b").resolve(weights))
        .hasSameBinaryContentAs(directory.resolve("a").resolve(weights));
    assertThat(directory.resolve("c").resolve(weights).toFile())
        .matches(file -> !sameBytes(file.toPath(), directory.resolve("a").resolve(weights)));
  }

  private static boolean sameBytes(Path a, Path b) {
    try {
      return Files.mismatch(a, b) < 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void config_yaml_repeats_the_run() {
    train("a", "adapter.rank", "5", "seed", "9");
    TrainRun again =
        new TrainRun(new Layers().file(directory.resolve("a/config.yaml")).resolve(), environment);
    assertThat(again.run(directory.resolve("b"), List.of(), () -> {}, event -> {}, () -> false))
        .isPresent();
    assertThat(directory.resolve("b/adapter/adapter_model.safetensors"))
        .hasSameBinaryContentAs(directory.resolve("a/adapter/adapter_model.safetensors"));
  }

  @Test
  void a_run_that_is_told_to_stop_says_so() throws Exception {
    TrainRun run = new TrainRun(config().resolve(), environment);
    int[] asked = {0};
    Optional<TrainResult> result =
        run.run(directory.resolve("run"), List.of(), () -> {}, event -> {}, () -> asked[0]++ == 3);
    assertThat(result).isEmpty();
    assertThat(json("run/manifest.json").path("status").asText()).isEqualTo("interrupted");
    assertThat(files("run")).doesNotContain("result.json");
  }

  @Test
  void an_output_that_exists_is_refused_and_a_failure_leaves_nothing() {
    train("run");
    assertThatThrownBy(() -> train("run"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("exists already");
    assertThatThrownBy(() -> train("other", "data", directory.resolve("nowhere").toString()))
        .isInstanceOf(UserError.class);
    assertThat(directory.resolve("other")).doesNotExist();
  }

  @Test
  void a_loss_that_is_no_number_ends_the_run() throws Exception {
    assertThatThrownBy(() -> train("run", "train.learning_rate", "1e30"))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FAILED))
        .hasMessageContaining("training diverged")
        .hasMessageContaining("train.learning_rate");
    assertThat(json("run/manifest.json").path("status").asText()).isEqualTo("failed");
    assertThat(files("run")).doesNotContain("result.json");
  }

  @Test
  void clipping_is_told_and_changes_the_run() throws Exception {
    train("plain");
    train("clipped", "train.max_grad_norm", "0.01");
    for (String line : Files.readAllLines(directory.resolve("clipped/metrics.jsonl"))) {
      JsonNode event = new JsonMapper().readTree(line);
      if (event.has("learning_rate")) {
        assertThat(event.path("grad_norm").asDouble()).isGreaterThan(0.01); // before clipping
      }
    }
    assertThat(Files.readString(directory.resolve("plain/metrics.jsonl")))
        .doesNotContain("grad_norm");
    Path weights = Path.of("last/adapter_model.safetensors");
    assertThat(
            sameBytes(
                directory.resolve("clipped").resolve(weights),
                directory.resolve("plain").resolve(weights)))
        .isFalse();
  }

  @Test
  void a_rate_of_0_trains_the_head_alone() {
    train("run", "train.learning_rate", "0", "head.learning_rate", "0.05");
    try (LoadedAdapter loaded = LoadedAdapter.open(directory.resolve("run"), null, environment)) {
      loaded.model().params().all().stream()
          .filter(param -> param.name().endsWith("tlora_B"))
          .forEach(param -> assertThat(param.array().toFloatArray()).containsOnly(0f));
    }
  }

  @Test
  void accumulated_batches_equal_one_large_batch() {
    TinyEncoder.of(Family.BERT).write(directory.resolve("still"));
    String still = directory.resolve("still").toString();
    // One epoch of one step: 48 rows at once, or in three parts.
    TrainResult whole =
        train("a", "model", still, "train.batch_size", "48", "train.max_examples", "48");
    TrainResult parts =
        train(
            "b",
            "model",
            still,
            "train.batch_size",
            "16",
            "train.accumulation_steps",
            "3",
            "train.max_examples",
            "48");
    assertThat(whole.last().step()).isEqualTo(parts.last().step());
    try (LoadedAdapter a = LoadedAdapter.open(directory.resolve("a/last"), null, environment);
        LoadedAdapter b = LoadedAdapter.open(directory.resolve("b/last"), null, environment)) {
      a.model()
          .params()
          .trained()
          .forEach(
              param -> {
                float[] other = b.model().params().get(param.name()).array().toFloatArray();
                float[] own = param.array().toFloatArray();
                for (int i = 0; i < own.length; i++) {
                  assertThat((double) own[i]).as(param.name()).isCloseTo(other[i], within(1e-4));
                }
              });
    }
  }

  @ParameterizedTest
  @CsvSource({"24, ~, 1", "24, ~, 3", "40, 3, 1", "12, ~, 1", "100000, ~, 1"})
  void a_token_budget_does_the_steps_that_were_planned(
      String tokens, String rows, String accumulated) throws Exception {
    String[] settings = {
      "train.batch_tokens",
      tokens,
      "train.batch_size",
      rows,
      "train.accumulation_steps",
      accumulated,
      "train.epochs",
      "3"
    };
    TrainRun.Plan plan = new TrainRun(config(settings).resolve(), environment).plan();
    TrainResult result = train("run", settings);
    assertThat(result.last().step()).isEqualTo(plan.steps());
    double rate = 1;
    int steps = 0;
    for (String line : Files.readAllLines(directory.resolve("run/metrics.jsonl"))) {
      JsonNode event = new JsonMapper().readTree(line);
      if (event.has("learning_rate")) {
        steps++;
        rate = event.path("learning_rate").asDouble();
      }
    }
    assertThat(steps).isEqualTo((int) plan.steps());
    double last = plan.config().train().schedule(plan.steps()).factor(plan.steps() - 1);
    assertThat(rate).isCloseTo(0.005 * last, within(1e-12)); // the schedule ends with them
  }

  @Test
  void a_token_budget_below_the_longest_row_is_refused_before_anything_is_written() {
    String wanted =
        "train.batch_tokens: 5 is less than the 12 tokens of the longest row."
            + " Give --batch-tokens 12 or more, or cut rows with --max-length 5";
    assertThatThrownBy(() -> train("run", "train.batch_tokens", "5"))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessage(wanted);
    assertThat(directory.resolve("run")).doesNotExist();
    TrainRun run = new TrainRun(config("train.batch_tokens", "5").resolve(), environment);
    assertThatThrownBy(run::plan).hasMessage(wanted);
    assertThat(train("run", "train.batch_tokens", "5", "train.max_length", "5").last().step())
        .isEqualTo(2 * 50);
  }

  @Test
  void a_token_budget_s_memory_is_that_of_its_longest_rows() {
    TrainRun.Plan few =
        new TrainRun(config("train.batch_tokens", "24").resolve(), environment).plan();
    TrainRun.Plan rows =
        new TrainRun(config("train.batch_size", "2").resolve(), environment).plan();
    TrainRun.Plan many =
        new TrainRun(config("train.batch_tokens", "240").resolve(), environment).plan();
    assertThat(many.memory().activations() / (double) few.memory().activations())
        .isCloseTo(10, within(1e-3));
    // Two rows without a budget are taken for longer than they are, by their characters.
    assertThat((double) few.memory().activations())
        .isBetween(0.4 * rows.memory().activations(), 1.0 * rows.memory().activations());
  }

  @Test
  void merging_writes_a_checkpoint_and_refuses_over_its_tolerance() throws Exception {
    train("run");
    Path run = directory.resolve("run");
    MergeRun.Result result =
        MergeRun.merge(
            new MergeRun.Request(run, directory.resolve("merged"), null, null, null, 1e-4),
            environment);
    assertThat(result.largestDifference()).isLessThan(1e-5);
    assertThat(result.stock()).isTrue();
    assertThat(json("merged/config.json").at("/id2label/1").asText()).isEqualTo("positive");
    assertThat(files("merged"))
        .containsExactly(
            "README.md", "config.json", "model.safetensors", "tlora_merge.json", "tokenizer.json");
    assertThatThrownBy(
            () ->
                MergeRun.merge(
                    new MergeRun.Request(run, directory.resolve("not"), null, null, null, 0.0),
                    environment))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FAILED));
    assertThat(files(".")).noneMatch(name -> name.contains("not"));
  }

  @Test
  void a_bert_without_a_pooler_trains_a_new_one_which_merging_writes() throws Exception {
    Architecture bare = TinyEncoder.of(Family.BERT).architecture().fittedTo(name -> false);
    try (NDManager manager = Torch.newManager("cpu");
        WeightSource weights = TinyEncoder.of(Family.BERT).weights()) {
      SequenceClassifier encoder =
          SequenceClassifier.declare(bare, TinyEncoder.meanHead(), 2, Slots.NONE);
      encoder.load(weights, manager);
      Map<String, NDArray> tensors = new LinkedHashMap<>();
      encoder.params().of(Role.BASE).forEach(p -> tensors.put(p.name(), p.array()));
      SafetensorsWriter.write(directory.resolve("model/model.safetensors"), tensors, Map.of());
    }
    TrainResult trained = train("run");
    assertThat(trained.parameters().head()).isEqualTo(16 * 16 + 16 + 2 * 16 + 2);
    assertThat(EvalRun.evaluate(directory.resolve("run"), null, "dev", null, environment).metrics())
        .isEqualTo(trained.best().metrics());
    MergeRun.Result result =
        MergeRun.merge(
            new MergeRun.Request(
                directory.resolve("run"), directory.resolve("merged"), null, null, null, 1e-4),
            environment);
    assertThat(result.largestDifference()).isLessThan(1e-5);
    try (SafetensorsReader merged =
        new SafetensorsReader(directory.resolve("merged/model.safetensors"))) {
      assertThat(merged.names()).contains("bert.pooler.dense.weight", "bert.pooler.dense.bias");
    }
  }

  @Test
  void a_classifier_predicts_texts_and_pairs() {
    TrainResult trained =
        train("pairs-run", "task", "rte", "data", directory.resolve("pairs").toString());
    assertThat(trained.best().metrics()).containsKey(Metric.ACCURACY);
    try (Classifier classifier =
        Classifier.load(directory.resolve("pairs-run"), null, environment)) {
      List<Classifier.Prediction> predictions =
          classifier.predictPairs(
              List.of(
                  new Classifier.TextPair("the film is good", "so warm"),
                  new Classifier.TextPair("dull", "a witty plot")));
      assertThat(predictions).hasSize(2);
      assertThat(predictions.get(0).probabilities())
          .containsOnlyKeys("entailment", "not_entailment");
      assertThat(predictions.get(0).probabilities().values().stream().mapToDouble(p -> p).sum())
          .isCloseTo(1, within(1e-9));
      assertThatThrownBy(() -> classifier.predict(List.of("one text")))
          .isInstanceOf(UserError.class);
    }
  }
}
