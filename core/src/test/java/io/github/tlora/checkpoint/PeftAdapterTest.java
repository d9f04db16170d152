package io.github.tlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.Method;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.SafetensorsWriter;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of adapters that PEFT wrote, and what is refused. */
class PeftAdapterTest {
  private static final TinyEncoder ENCODER = TinyEncoder.of(Family.BERT);
  private static final String LAYERS = "bert.encoder.layer.";
  private static final String QUERY = LAYERS + "1.attention.self.query";
  private static final String DENSE = LAYERS + "0.output.dense";

  @TempDir Path directory;
  private NDManager manager;
  private final Map<String, NDArray> tensors = new LinkedHashMap<>();
  private final ObjectNode config = new JsonMapper().createObjectNode();

  /** A LoRA on two matrices of different layers, as save_pretrained writes it. */
  @BeforeEach
  void write_a_lora() {
    manager = Torch.newManager("cpu");
    pair(QUERY, 3, 16, 16);
    pair(DENSE, 2, 24, 16);
    put("classifier.weight", 2, 16);
    put("classifier.bias", 2);
    config.put("peft_type", "LORA").put("r", 3).put("lora_alpha", 6);
    config.putObject("rank_pattern").put("output.dense", 2);
    config.putArray("target_modules").add("query").add("output.dense");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private void pair(String path, int rank, int in, int out) {
    put(path + ".lora_A.weight", rank, in);
    put(path + ".lora_B.weight", out, rank);
  }

  private void put(String name, long... shape) {
    Shape of = new Shape(shape);
    float[] values = new Seeds(7).stream(name).normal(Math.toIntExact(of.size()), 0.5);
    tensors.put("base_model.model." + name, manager.create(values).reshape(of));
  }

  private PeftAdapter open() throws IOException {
    Files.writeString(directory.resolve(AdapterFile.CONFIG), config.toString());
    SafetensorsWriter.write(directory.resolve(AdapterFile.WEIGHTS), tensors, Map.of());
    return PeftAdapter.open(directory);
  }

  private static SequenceClassifier plain() {
    return SequenceClassifier.declare(
        ENCODER.architecture(), TinyEncoder.nativeHead(), 2, Slots.NONE);
  }

  private SequenceClassifier read(Consumer<PeftAdapter> also) throws IOException {
    try (PeftAdapter adapter = open();
        WeightSource base = ENCODER.weights()) {
      Method method = adapter.method(plain());
      SequenceClassifier model = ENCODER.loaded(method, TinyEncoder.nativeHead(), manager);
      adapter.fill(model, base, manager);
      also.accept(adapter);
      return model;
    }
  }

  private SequenceClassifier read() throws IOException {
    return read(adapter -> {});
  }

  private Lora lora() throws IOException {
    try (PeftAdapter adapter = open()) {
      return (Lora) adapter.method(plain());
    }
  }

  private void assertRefused(String... words) {
    assertThatThrownBy(this::read)
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageContainingAll(words);
  }

  private static float[] values(SequenceClassifier model, String name) {
    return model.params().get(name).array().toFloatArray();
  }

  private float[] stored(String name) {
    return tensors.get("base_model.model." + name).toFloatArray();
  }

  @Test
  void the_tensors_say_which_layers_are_adapted_and_with_which_rank() throws IOException {
    config.put("target_modules", "all-linear").put("r", 7);
    config.remove("rank_pattern");
    SequenceClassifier model = read();
    assertThat(model.projections().stream().filter(p -> p.delta().isPresent()))
        .extracting(p -> p.site().path())
        .containsExactly(DENSE, QUERY);
    for (String name : List.of(QUERY + ".lora_A.weight", DENSE + ".lora_B.weight")) {
      assertThat(values(model, name)).containsExactly(stored(name));
    }
    assertThat(values(model, "classifier.weight")).containsExactly(stored("classifier.weight"));
    assertThat(model.replaced()).isEmpty();
  }

  @Test
  void alphas_are_matched_as_peft_matches_them() throws IOException {
    config
        .putObject("alpha_pattern")
        .put("output", 99) // the end of no path
        .put("^bert.encoder.layer.0.(output|intermediate).dense", 8)
        .put("dense", 9); // the first that fits counts
    Lora lora = lora();
    plain()
        .projections()
        .forEach(
            projection -> {
              String path = projection.site().path();
              if (path.equals(DENSE)) {
                assertThat(lora.scaling(projection.site())).isEqualTo(8.0 / 2);
              } else if (path.equals(QUERY)) {
                assertThat(lora.scaling(projection.site())).isEqualTo(6.0 / 3);
              }
            });
    config.put("use_rslora", true);
    assertThat(lora().rankStabilized()).isTrue();
  }

  @Test
  void a_model_without_a_head_has_no_prefix_and_its_head_is_the_bases() throws IOException {
    Map<String, NDArray> bare = new LinkedHashMap<>();
    tensors.forEach((name, values) -> bare.put(name.replace(".bert.", "."), values));
    bare.remove("base_model.model.classifier.weight");
    bare.remove("base_model.model.classifier.bias");
    tensors.clear();
    tensors.putAll(bare);
    assertRefused("classifier.weight is neither in it nor in its base");
    put("classifier.weight", 2, 16);
    put("classifier.bias", 2);
    assertThat(read().params().get(QUERY + ".lora_A.weight").array().toFloatArray())
        .containsExactly(
            tensors
                .get("base_model.model.encoder.layer.1.attention.self.query.lora_A.weight")
                .toFloatArray());
  }

  @Test
  void biases_and_whole_modules_replace_the_bases() throws IOException {
    put(QUERY + ".base_layer.bias", 16);
    put("bert.pooler.dense.weight", 16, 16);
    put("bert.pooler.dense.bias", 16);
    SequenceClassifier model = read();
    assertThat(values(model, QUERY + ".bias")).containsExactly(stored(QUERY + ".base_layer.bias"));
    assertThat(values(model, "bert.pooler.dense.weight"))
        .containsExactly(stored("bert.pooler.dense.weight"));
    assertThat(model.replaced())
        .extracting(Param::name)
        .containsExactlyInAnyOrder(
            QUERY + ".bias", "bert.pooler.dense.weight", "bert.pooler.dense.bias");
  }

  @Test
  void an_update_of_the_pooler_is_merged_into_it_and_told() throws IOException {
    String pooler = "bert.pooler.dense";
    pair(pooler, 3, 16, 16);
    NDArray base =
        ENCODER
            .loaded(Slots.NONE, TinyEncoder.nativeHead(), manager)
            .params()
            .get(pooler + ".weight")
            .array();
    NDArray wanted =
        Ops.loraWeight(
            base,
            tensors.get("base_model.model." + pooler + ".lora_A.weight"),
            tensors.get("base_model.model." + pooler + ".lora_B.weight"),
            6.0 / 3);
    SequenceClassifier model =
        read(adapter -> assertThat(adapter.notes()).hasSize(1).first().asString().contains(pooler));
    assertThat(values(model, pooler + ".weight")).containsExactly(wanted.toFloatArray());
    assertThat(model.replaced()).hasSize(2); // its bias stands in the file with it
  }

  @Test
  void keys_of_later_versions_are_passed_over_and_told() throws IOException {
    config.put("of_the_future", 3).put("off_in_the_future", false).putNull("nothing");
    try (PeftAdapter adapter = open()) {
      assertThat(adapter.notes()).hasSize(1);
      assertThat(adapter.notes().get(0)).contains("'of_the_future'", "passed over");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "layer_replication; [[0, 2]]; layers stand in it several times",
        "use_qalora; true; quantized",
        "megatron_config; {\"a\": 1}; Megatron",
        "lora_bias; true; no bias of its own",
        "trainable_token_indices; [1]; rows of an embedding",
        "target_parameters; [\"w\"]; no linear layers",
        "alora_invocation_tokens; [1]; invocation",
        "use_bdlora; {\"a\": 1}; block-diagonal",
        "arrow_config; {\"a\": 1}; several adapters",
        "kasa_config; {\"a\": 1}; singular values",
        "monteclora_config; {\"a\": 1}; at random",
        "fan_in_fan_out; true; (out, in)",
        "init_lora_weights; \"pissa_niter_4\"; path_initial_model_for_weight_conversion",
        "init_lora_weights; \"olora\"; changes the base's weights",
        "peft_type; \"IA3\"; IA3 is not read",
        "tlora; {}; already"
      })
  void what_cannot_be_honoured_is_refused_with_the_reason(String key, String value, String why)
      throws IOException {
    config.set(key, new JsonMapper().readTree(value));
    assertRefused(key.equals("tlora") ? "adapter_config.json" : key, why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "true", "\"gaussian\"", "\"eva\"", "\"orthogonal\""})
  void first_values_that_leave_the_base_alone_do_not_matter(String init) throws IOException {
    config.set("init_lora_weights", new JsonMapper().readTree(init));
    assertThatCode(this::read).doesNotThrowAnyException();
  }

  @Test
  void vera_without_its_matrices_is_refused() {
    config.put("peft_type", "VERA").put("save_projection", false);
    assertRefused("save_projection", "torch's generator");
  }

  @Test
  void an_adapted_embedding_is_refused() {
    put("bert.embeddings.word_embeddings.lora_embedding_A", 3, 32);
    assertRefused("word_embeddings.lora_embedding_A belongs to nothing in this model");
  }

  @Test
  void another_base_is_refused_with_what_does_not_fit() {
    tensors.clear();
    pair("roberta.encoder.layer.0.attention.self.query", 3, 16, 16);
    assertRefused("no tensor in it adapts a layer of this base");
    pair(QUERY, 3, 20, 16);
    put("classifier.weight", 2, 16);
    put("classifier.bias", 2);
    assertRefused("lora_A.weight has shape [3, 20], not [3, 16]", "belongs to nothing");
  }

  @Test
  void half_a_pair_is_refused() {
    tensors.remove("base_model.model." + QUERY + ".lora_B.weight");
    assertRefused(QUERY + ".lora_B.weight is missing");
  }

  @Test
  void the_number_of_logits_is_told() throws IOException {
    try (PeftAdapter adapter = open()) {
      assertThat(adapter.logits(plain())).hasValue(2);
    }
    put("classifier.bias", 3);
    try (PeftAdapter adapter = open()) {
      assertThat(adapter.logits(plain())).hasValue(3);
    }
  }

  @Test
  void a_directory_without_tensors_or_configuration_is_refused() throws IOException {
    assertThatThrownBy(() -> PeftAdapter.open(directory)).hasMessageContaining("save_pretrained");
    Files.writeString(directory.resolve(AdapterFile.CONFIG), config.toString());
    assertThatThrownBy(() -> PeftAdapter.open(directory))
        .hasMessageContaining("has no adapter_model.safetensors or adapter_model.bin");
    Files.writeString(directory.resolve(AdapterFile.CONFIG), "[]");
    assertThatThrownBy(() -> PeftAdapter.open(directory))
        .hasMessageContaining("is not a JSON object");
  }
}
