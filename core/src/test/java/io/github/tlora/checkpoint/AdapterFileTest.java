package io.github.tlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.adapter.BitFit;
import io.github.tlora.adapter.Combined;
import io.github.tlora.adapter.Dora;
import io.github.tlora.adapter.Full;
import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.LoraFa;
import io.github.tlora.adapter.Method;
import io.github.tlora.adapter.TLora;
import io.github.tlora.adapter.Vera;
import io.github.tlora.fixture.RandomWeights;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.LabelMap;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands in an adapter's files, and that a changed one is refused. */
class AdapterFileTest {
  private static final TinyEncoder ENCODER = TinyEncoder.of(Family.BERT);
  private static NDManager manager;

  @TempDir Path directory;

  @BeforeAll
  static void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close() {
    manager.close();
  }

  private void write(Method method) {
    SequenceClassifier model = ENCODER.classifier(method, TinyEncoder.nativeHead(), manager);
    AdapterFile.write(directory, model, ENCODER.adapterConfig(method, model), ENCODER.files());
  }

  private void load() {
    AdapterConfig config = AdapterFile.readConfig(directory);
    SequenceClassifier model = ENCODER.loaded(config.method(), TinyEncoder.nativeHead(), manager);
    AdapterFile.load(directory, config, model, manager);
  }

  private Set<String> tensors() {
    try (SafetensorsReader reader = new SafetensorsReader(directory.resolve(AdapterFile.WEIGHTS))) {
      return Set.copyOf(reader.names());
    }
  }

  /** Changes adapter_config.json. */
  private void edit(Consumer<ObjectNode> change) throws IOException {
    Path file = directory.resolve(AdapterFile.CONFIG);
    ObjectNode json = (ObjectNode) new JsonMapper().readTree(file.toFile());
    change.accept(json);
    Files.writeString(file, json.toString());
  }

  private void assertRefused(String... words) {
    assertThatThrownBy(this::load)
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageContainingAll(words);
  }

  @Test
  void tlora_stores_b_and_alpha_but_neither_a_nor_c() {
    write(TLora.defaults());
    assertThat(tensors())
        .contains("classifier.weight", "bert.encoder.layer.0.attention.self.query.tlora_B")
        .noneMatch(name -> name.endsWith("tlora_A") || name.endsWith("tlora_C"));
    assertThatCode(this::load).doesNotThrowAnyException();
  }

  @Test
  void store_fixed_stores_them_and_needs_no_generator() throws IOException {
    write(new TLora(4, null, 0.0, true));
    assertThat(tensors()).anyMatch(name -> name.endsWith("tlora_A"));
    edit(json -> ((ObjectNode) json.get("fixed")).put("generator", "of-the-future"));
    assertThatCode(this::load).doesNotThrowAnyException();
  }

  @Test
  void lora_has_pefts_names_and_keys() throws IOException {
    write(new Lora(3, 12.0, null, 0.0));
    assertThat(tensors())
        .contains(
            "base_model.model.classifier.bias",
            "base_model.model.bert.encoder.layer.1.attention.self.value.lora_A.weight");
    edit(
        json -> {
          assertThat(json.path("peft_type").asText()).isEqualTo("LORA");
          assertThat(json.path("r").asInt()).isEqualTo(3);
          assertThat(json.path("lora_alpha").asInt()).isEqualTo(12);
          assertThat(json.path("target_modules").toString()).isEqualTo("[\"query\",\"value\"]");
          assertThat(json.path("modules_to_save").toString()).isEqualTo("[\"classifier\"]");
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"tlora", "lora"})
  void a_regression_has_no_labels_and_one_logit(String method) throws IOException {
    Method of = method.equals("lora") ? new Lora(3, 12.0, null, 0.0) : TLora.defaults();
    SequenceClassifier model = ENCODER.loaded(of, TinyEncoder.nativeHead(), 0, manager);
    model.draw(manager, new Seeds(0));
    AdapterConfig classes = ENCODER.adapterConfig(of, model);
    AdapterConfig config =
        new AdapterConfig(
            of,
            classes.baseModel(),
            "stsb",
            List.of(),
            classes.head(),
            classes.maxLength(),
            classes.seed());
    AdapterFile.write(directory, model, config, ENCODER.files());
    edit(
        json -> {
          JsonNode own = json.has("tlora") ? json.get("tlora") : json;
          assertThat(own.get("labels")).isEqualTo(new JsonMapper().createArrayNode());
          assertThat(own.get("task").asText()).isEqualTo("stsb");
        });
    AdapterConfig read = AdapterFile.readConfig(directory);
    assertThat(read.labels()).isEmpty();
    assertThat(read).isEqualTo(config);
    SequenceClassifier again = ENCODER.loaded(read.method(), TinyEncoder.nativeHead(), 0, manager);
    AdapterFile.load(directory, read, again, manager);
    for (String name : List.of("classifier.weight", "classifier.bias")) {
      assertThat(again.params().get(name).array().toFloatArray())
          .isEqualTo(model.params().get(name).array().toFloatArray());
    }
    assertRefused("classifier.weight has shape [1, 16], not [2, 16]");
  }

  private JsonNode config() throws IOException {
    return new JsonMapper().readTree(directory.resolve(AdapterFile.CONFIG).toFile());
  }

  @Test
  void dora_has_pefts_magnitude_and_flag() throws IOException {
    write(Dora.of(new Lora(3, 12.0, null, 0.0)));
    String query = "base_model.model.bert.encoder.layer.0.attention.self.query.";
    assertThat(tensors())
        .contains(
            query + "lora_A.weight", query + "lora_B.weight", query + "lora_magnitude_vector");
    assertThat(config().path("use_dora").asBoolean()).isTrue();
    assertThat(config().at("/tlora/method").asText()).isEqualTo("dora");
  }

  @Test
  void lora_fa_is_a_plain_lora_with_its_a() throws IOException {
    write(new LoraFa(3, 12.0, null, 0.0));
    assertThat(tensors())
        .contains("base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight");
    assertThat(config().path("peft_type").asText()).isEqualTo("LORA");
    assertThat(config().has("use_dora")).isFalse();
  }

  @Test
  void vera_has_its_matrices_once_and_as_large_as_the_largest_layer_needs() throws IOException {
    write(new Vera(5, List.of("query", "intermediate", "output"), 0.0, null));
    try (SafetensorsReader reader = new SafetensorsReader(directory.resolve(AdapterFile.WEIGHTS))) {
      assertThat(reader.shape("base_model.vera_A")).containsExactly(5, 24);
      assertThat(reader.shape("base_model.vera_B")).containsExactly(24, 5);
    }
    JsonNode json = config();
    assertThat(json.path("peft_type").asText()).isEqualTo("VERA");
    assertThat(json.path("save_projection").asBoolean()).isTrue();
    assertThat(json.path("r").asInt()).isEqualTo(5);
    assertThat(json.path("d_initial").asDouble()).isEqualTo(0.1);
    assertThat(json.has("projection_prng_key")).isTrue();
    assertThat(json.has("lora_alpha")).isFalse();
  }

  @Test
  void patterns_are_paths_that_peft_understands() throws IOException {
    write(
        new Lora(
            3,
            12.0,
            List.of("query", "attention_output", "output"),
            0.0,
            true,
            Map.of("attention_output", 2, "layer\\.1\\.attention\\.self\\.query", 4),
            Map.of("output", 6.5),
            null));
    JsonNode json = config();
    assertThat(json.path("use_rslora").asBoolean()).isTrue();
    assertThat(json.path("rank_pattern").toString())
        .isEqualTo(
            "{\"attention\\\\.output\\\\.dense\":2,"
                + "\"bert\\\\.encoder\\\\.layer\\\\.1\\\\.attention\\\\.self\\\\.query\":4}");
    // "output.dense" alone also fits attention.output.dense
    assertThat(json.path("alpha_pattern").toString())
        .isEqualTo("{\"layer\\\\.\\\\d+\\\\.output\\\\.dense\":6.5}");
    assertThatCode(this::load).doesNotThrowAnyException();
  }

  @Test
  void targets_mean_no_module_that_is_not_adapted() throws IOException {
    write(new Lora(3, 12.0, List.of("attention_output", "intermediate", "output"), 0.0));
    assertThat(config().path("target_modules").toString()) // dense would mean the pooler too
        .isEqualTo("[\"attention.output.dense\",\"intermediate.dense\",\"output.dense\"]");
  }

  @Test
  void a_method_of_pefts_among_others_has_the_tools_own_layout() throws IOException {
    write(new Combined(List.of(new Lora(3, 12.0, null, 0.0), new BitFit())));
    assertThat(config().has("peft_type")).isFalse();
    assertThat(tensors())
        .contains(
            "bert.encoder.layer.0.attention.self.query.lora_A.weight",
            "bert.encoder.layer.0.attention.self.query.bias");
  }

  @Test
  void a_fully_trained_model_is_a_checkpoint_that_can_be_written_again() throws IOException {
    write(new Full());
    write(new Full());
    ModelFiles files = new ModelFiles.Directory(directory);
    SequenceClassifier read =
        SequenceClassifier.declare(
            files.architecture(),
            new HeadSettings(
                HeadSettings.Kind.NATIVE,
                HeadSettings.Pooling.FIRST,
                HeadSettings.From.CHECKPOINT,
                HeadSettings.Labels.BY_NAME,
                false,
                null),
            2,
            Slots.NONE);
    SequenceClassifier written = ENCODER.classifier(new Full(), TinyEncoder.nativeHead(), manager);
    try (WeightSource weights = files.openWeights()) {
      read.load(weights, manager);
    }
    assertThat(read.baseHash()).isEqualTo(written.baseHash());
    assertThat(LabelMap.ownLabels(files.config(), "")).containsExactly("negative", "positive");
    assertThat(directory.resolve(AdapterFile.WEIGHTS)).doesNotExist();
    // Or transformers takes it for an adapter of PEFT's, and looks for its base.
    assertThat(directory.resolve(AdapterFile.CONFIG)).doesNotExist();
    assertThatCode(this::load).doesNotThrowAnyException();
  }

  @Test
  void a_replaced_bias_of_the_base_stays_replaced() throws IOException {
    Method method = new Lora(3, 12.0, null, 0.0);
    String query = "bert.encoder.layer.0.attention.self.query.bias";
    SequenceClassifier model = ENCODER.classifier(method, TinyEncoder.nativeHead(), manager);
    RandomWeights.redraw(List.of(model.params().get(query)), 0.5, manager);
    model.replace(model.params().get(query));
    AdapterFile.write(directory, model, ENCODER.adapterConfig(method, model), ENCODER.files());
    assertThat(config().path("bias").asText()).isEqualTo("lora_only");
    assertThat(tensors())
        .contains("base_model.model." + query.replace(".bias", ".base_layer.bias"));

    SequenceClassifier read = ENCODER.loaded(method, TinyEncoder.nativeHead(), manager);
    AdapterFile.load(directory, AdapterFile.readConfig(directory), read, manager);
    assertThat(read.params().get(query).array().toFloatArray())
        .containsExactly(model.params().get(query).array().toFloatArray());
    assertThat(read.replaced()).containsExactly(read.params().get(query));
  }

  @Test
  void the_revision_is_kept_and_absent_where_there_is_none() throws IOException {
    write(TLora.defaults());
    assertThat(config().at("/base_model/revision").isMissingNode()).isTrue();
    edit(json -> ((ObjectNode) json.get("base_model")).put("revision", "a".repeat(40)));
    AdapterConfig read = AdapterFile.readConfig(directory);
    assertThat(read.baseModel().revision()).isEqualTo("a".repeat(40));
    SequenceClassifier model = ENCODER.loaded(read.method(), TinyEncoder.nativeHead(), manager);
    AdapterFile.load(directory, read, model, manager);
    AdapterFile.write(directory, model, read, ENCODER.files());
    assertThat(config().at("/base_model/revision").asText()).isEqualTo("a".repeat(40));
    assertThat(config().at("/base_model/model_type").asText()).isEqualTo("bert");
  }

  @Test
  void another_base_is_taken_where_that_is_asked_for_and_told() throws IOException {
    write(TLora.defaults());
    AdapterConfig read = AdapterFile.readConfig(directory);
    SequenceClassifier other =
        ENCODER.withSeed(18).loaded(read.method(), TinyEncoder.nativeHead(), manager);
    List<String> heard = new ArrayList<>();
    AdapterFile.load(directory, read, other, manager, heard::add);
    assertThat(heard).hasSize(1);
    assertThat(heard.get(0))
        .contains(
            "belongs to another model", "loaded all the same", other.baseHash().substring(0, 12));
    assertThatThrownBy(() -> AdapterFile.load(directory, read, other, manager))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--force");
  }

  @Test
  void an_adapter_of_pefts_own_is_refused_with_what_brings_it_in() throws IOException {
    write(new Lora(3, 12.0, null, 0.0));
    edit(json -> json.remove("tlora"));
    assertRefused("PEFT wrote", "tlora convert --from " + directory + " --task TASK");
  }

  @Test
  void another_seed_is_refused() throws IOException {
    write(TLora.defaults());
    edit(json -> ((ObjectNode) json.get("fixed")).put("seed", 1));
    assertRefused("does not come out as it was in training", "tlora_A");
  }

  @Test
  void another_generator_is_refused() throws IOException {
    write(TLora.defaults());
    edit(json -> ((ObjectNode) json.get("fixed")).put("generator", "tlora-normal-2"));
    assertRefused("tlora-normal-2", "tlora-normal-1");
  }

  @Test
  void a_changed_checksum_is_refused() throws IOException {
    write(TLora.defaults());
    String name = "bert.encoder.layer.1.attention.self.value.tlora_C";
    edit(json -> ((ObjectNode) json.at("/fixed/sha256")).put(name, "0".repeat(64)));
    assertRefused(name, "000000000000");
  }

  @Test
  void another_rank_lists_what_does_not_fit() throws IOException {
    write(new Lora(3, 12.0, null, 0.0));
    edit(json -> ((ObjectNode) json.get("tlora")).put("rank", 5));
    assertRefused("lora_A.weight has shape [3, 16], not [5, 16]", "more");
  }

  @Test
  void a_later_format_is_refused() throws IOException {
    write(TLora.defaults());
    edit(json -> json.put("format_version", 2));
    assertRefused("format_version 2");
  }
}
