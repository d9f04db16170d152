package io.github.tlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.Method;
import io.github.tlora.adapter.TLora;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    AdapterFile.write(directory, model, ENCODER.adapterConfig(method, model));
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
    AdapterFile.write(directory, model, config);
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
