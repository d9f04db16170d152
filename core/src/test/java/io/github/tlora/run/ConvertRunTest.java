package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.run.Classifier.Prediction;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.SafetensorsWriter;
import io.github.tlora.tensor.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Converting trained adapters, from files to files. */
class ConvertRunTest {
  private static final List<String> TEXTS = List.of("a warm film", "the plot is dull", "so long");

  @TempDir private Path directory;
  private Environment environment;

  @BeforeEach
  void write_model_and_data() {
    environment = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
    TinyTask.writeSst2(directory.resolve("data"), 50, 21);
  }

  private Path train(Family family, String method, String... settings) {
    TinyEncoder.of(family).write(directory.resolve("model"));
    Layers layers =
        new Layers()
            .set("model", directory.resolve("model").toString(), "--model")
            .set("data", directory.resolve("data").toString(), "--data")
            .set("baseline", "false", "--no-baseline")
            .set("train.max_length", "32", "--max-length")
            .set("train.epochs", "1", "--epochs")
            .set("train.learning_rate", "0.05", "--learning-rate")
            .set("adapter.method", method, "--method");
    for (int i = 0; i < settings.length; i += 2) {
      layers.set(settings[i], settings[i + 1], "--set");
    }
    return train(layers, "run");
  }

  private Path train(Layers layers, String name) {
    Path run = directory.resolve(name);
    assertThat(
            new TrainRun(layers.resolve(), environment)
                .run(run, List.of("train"), () -> {}, event -> {}, () -> false))
        .isPresent();
    return run;
  }

  private double[] predictions(Path run) {
    try (Classifier classifier = Classifier.load(run, null, environment)) {
      return classifier.predict(TEXTS).stream()
          .map(Prediction::probabilities)
          .flatMapToDouble(p -> p.values().stream().mapToDouble(Double::doubleValue))
          .toArray();
    }
  }

  private ConvertRun.Result convert(Path run) {
    return ConvertRun.toPeftLora(run, directory.resolve("out"), null, environment);
  }

  private JsonNode config(String path) throws IOException {
    return new JsonMapper().readTree(directory.resolve(path).resolve(AdapterFile.CONFIG).toFile());
  }

  private List<String> files() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BERT, tlora, 4",
    "DEBERTA, tlora, 4",
    "ROBERTA, lora-xs, 5",
    "DEBERTA_V2, vera, 7",
    "ELECTRA, lora-fa, 3",
    "XLM_ROBERTA, lora, 2"
  })
  void a_method_and_its_lora_say_the_same(Family family, String method, int rank) throws Exception {
    Path run = train(family, method, "adapter.rank", Integer.toString(rank));
    ConvertRun.Result result = convert(run);
    assertThat(result.rank()).isEqualTo(rank);
    assertThat(result.method()).isEqualTo("lora");
    assertThat(result.largestDifference()).isLessThan(1e-6);
    assertThat(predictions(directory.resolve("out")))
        .containsExactly(predictions(run), within(1e-6));
    JsonNode json = config("out");
    assertThat(json.path("peft_type").asText()).isEqualTo("LORA");
    assertThat(json.path("r").asInt()).isEqualTo(rank);
    assertThat(json.path("lora_alpha").asInt()).isEqualTo(rank);
    assertThat(files()).containsExactlyInAnyOrder("data", "model", "out", "run");
  }

  @Test
  void methods_together_become_one_lora_of_both_ranks() throws Exception {
    Path run =
        train(
            Family.BERT,
            "combined",
            "adapter.parts",
            "[{method: lora, rank: 3, alpha: 5},"
                + " {method: tlora, rank: 4, targets: [value, output]}, {method: bitfit}]");
    ConvertRun.Result result = convert(run);
    assertThat(result.rank()).isEqualTo(7);
    assertThat(predictions(directory.resolve("out")))
        .containsExactly(predictions(run), within(1e-6));
    JsonNode json = config("out");
    assertThat(json.path("bias").asText()).isEqualTo("all");
    assertThat(json.path("rank_pattern").path("query").asInt()).isEqualTo(3);
    assertThat(json.path("alpha_pattern").path("query").asInt()).isEqualTo(3);
    assertThat(json.path("alpha_pattern").size()).isEqualTo(2);
  }

  @Test
  void a_frozen_head_of_the_checkpoint_stays_there() throws Exception {
    Path first = train(Family.BERT, "tlora");
    MergeRun.merge(
        new MergeRun.Request(first, directory.resolve("merged"), null, null, null, 1e-3),
        environment);
    Layers layers =
        new Layers()
            .set("model", directory.resolve("merged").toString(), "--model")
            .set("data", directory.resolve("data").toString(), "--data")
            .set("train.max_length", "32", "--max-length")
            .set("train.epochs", "1", "--epochs")
            .set("head", "{from: checkpoint, train: false}", "--set");
    Path run = train(layers, "second");
    convert(run);
    assertThat(predictions(directory.resolve("out")))
        .containsExactly(predictions(run), within(1e-6));
    assertThat(config("out").has("task_type")).isFalse();
    try (SafetensorsReader reader =
        new SafetensorsReader(directory.resolve("out").resolve(AdapterFile.WEIGHTS))) {
      assertThat(reader.names()).noneMatch(name -> name.contains("classifier"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "dora; load it there as it is",
        "houlsby; a bottleneck adapter is not linear",
        "prefix-embedding; further positions of the input",
        "bitfit; no update of low rank",
        "full; no update of low rank"
      })
  void a_method_that_equals_no_lora_says_why(String method, String why) throws Exception {
    Path run = train(Family.BERT, method);
    assertThatThrownBy(() -> convert(run))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessageContainingAll(run.toString(), method + " equals no LoRA", why);
    assertThat(files()).containsExactlyInAnyOrder("data", "model", "run");
  }

  @Test
  void values_that_are_not_finite_leave_nothing_behind() throws Exception {
    Path run = train(Family.BERT, "tlora");
    Path weights = run.resolve("adapter").resolve(AdapterFile.WEIGHTS);
    byte[] bytes = Files.readAllBytes(weights);
    for (int i = bytes.length - 4; i > bytes.length - 256; i -= 4) { // the last is a tlora_B
      bytes[i + 2] = (byte) 0xC0;
      bytes[i + 3] = 0x7F;
    }
    Files.write(weights, bytes);
    assertThatThrownBy(() -> convert(run))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FAILED))
        .hasMessageContaining("Nothing was written");
    assertThat(files()).containsExactlyInAnyOrder("data", "model", "run");
  }

  /** An adapter in PEFT's layout without what this tool reads of it. */
  private Path asPeftWroteIt(Path run) throws IOException {
    Path adapter = run.resolve("adapter");
    ObjectNode json =
        (ObjectNode) new JsonMapper().readTree(adapter.resolve(AdapterFile.CONFIG).toFile());
    json.remove("tlora");
    Files.writeString(adapter.resolve(AdapterFile.CONFIG), json.toString());
    return adapter;
  }

  private ConvertRun.Result bringIn(Path from, String task, String model, String to) {
    return ConvertRun.fromPeft(from, task, model, 32, directory.resolve(to), environment);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora", "dora", "vera", "lora-fa"})
  void an_adapter_of_pefts_is_brought_in_tensor_by_tensor(String method) throws Exception {
    Path run = train(Family.DEBERTA_V2, method, "adapter.rank", "4");
    double[] wanted = predictions(run);
    ConvertRun.Result result = bringIn(asPeftWroteIt(run), "sst2", null, "in");
    assertThat(result.method()).isEqualTo(method.equals("lora-fa") ? "lora" : method);
    assertThat(result.labels()).containsExactly("negative", "positive");
    assertThat(result.notes()).isEmpty();
    assertThat(result.largestDifference()).isNull();
    assertThat(predictions(directory.resolve("in"))).containsExactly(wanted);
    assertThat(directory.resolve("in").resolve(AdapterFile.WEIGHTS))
        .hasSameBinaryContentAs(run.resolve("adapter").resolve(AdapterFile.WEIGHTS));
  }

  @Test
  void a_head_with_another_number_of_logits_is_refused() throws Exception {
    Path from = asPeftWroteIt(train(Family.BERT, "lora"));
    Path weights = from.resolve(AdapterFile.WEIGHTS);
    try (NDManager manager = Torch.newManager("cpu")) {
      Map<String, NDArray> tensors = new LinkedHashMap<>();
      try (SafetensorsReader reader = new SafetensorsReader(weights)) {
        for (String name : reader.names()) {
          Shape shape = new Shape(reader.shape(name));
          tensors.put(name, manager.create(reader.floats(name), shape, DataType.FLOAT32));
        }
      }
      tensors.put("base_model.model.classifier.weight", manager.zeros(new Shape(3, 16)));
      tensors.put("base_model.model.classifier.bias", manager.zeros(new Shape(3)));
      SafetensorsWriter.write(weights, tensors, Map.of());
    }
    assertThatThrownBy(() -> bringIn(from, "sst2", null, "in"))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessageContainingAll("3 logits", "sst2 has 2 labels: negative, positive");
    assertThat(files()).doesNotContain("in");
  }

  @Test
  void a_base_that_is_not_told_must_be_given() throws Exception {
    Path from = asPeftWroteIt(train(Family.BERT, "lora"));
    Path file = from.resolve(AdapterFile.CONFIG);
    ObjectNode json = (ObjectNode) new JsonMapper().readTree(file.toFile());
    json.remove("base_model_name_or_path");
    Files.writeString(file, json.toString());
    assertThatThrownBy(() -> bringIn(from, "sst2", null, "in"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Give it with --model");
    String model = directory.resolve("model").toString();
    assertThat(bringIn(from, "sst2", model, "in").matrices()).isEqualTo(4);
  }

  @Test
  void another_base_can_be_forced_and_is_told() throws Exception {
    Path run = train(Family.BERT, "tlora");
    String other =
        TinyEncoder.of(Family.BERT).withSeed(5).write(directory.resolve("other")).toString();
    assertThatThrownBy(() -> Classifier.load(run, other, environment))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--force");
    List<String> heard = new ArrayList<>();
    Classifier.load(run, other, environment.forcing(heard::add)).close();
    assertThat(heard).hasSize(1).first().asString().contains("belongs to another model");
  }
}
