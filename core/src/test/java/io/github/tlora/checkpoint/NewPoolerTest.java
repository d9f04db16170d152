package io.github.tlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.Method;
import io.github.tlora.config.Layers;
import io.github.tlora.data.Rows;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.SafetensorsWriter;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import io.github.tlora.train.Evaluator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A BERT whose checkpoint has no pooler, as masked language models and token classifiers save. */
class NewPoolerTest {
  private static final String WEIGHT = "bert.pooler.dense.weight";
  private static final String BIAS = "bert.pooler.dense.bias";

  @TempDir Path directory;
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** The tiny BERT without the tensors in {@code lacking}. */
  private ModelFiles checkpoint(String... lacking) {
    Path path = TinyEncoder.of(Family.BERT).write(directory.resolve("model"));
    SequenceClassifier whole =
        TinyEncoder.of(Family.BERT).loaded(Slots.NONE, TinyEncoder.nativeHead(), manager);
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    whole.params().of(Role.BASE).forEach(p -> tensors.put(p.name(), p.array()));
    for (String name : lacking) {
      assertThat(tensors.remove(name)).as(name).isNotNull();
    }
    SafetensorsWriter.write(path.resolve("model.safetensors"), tensors, Map.of());
    return new ModelFiles.Directory(path);
  }

  private SequenceClassifier loaded(ModelFiles files, HeadSettings head, Slots slots) {
    SequenceClassifier model = SequenceClassifier.declare(files.architecture(), head, 2, slots);
    try (WeightSource weights = files.openWeights()) {
      model.load(weights, manager);
    }
    return model;
  }

  private static Method method(String name) {
    return new Layers().set("adapter.method", name, "--method").resolve().adapter();
  }

  private float[][] logits(SequenceClassifier model) {
    Rows rows = TinyTask.rows(Family.BERT, 3, 9, 5);
    return Evaluator.logits(model, rows, 2, manager);
  }

  @Test
  void the_native_head_has_a_new_pooler_which_is_trained() {
    SequenceClassifier model =
        loaded(checkpoint(WEIGHT, BIAS), TinyEncoder.nativeHead(), Slots.NONE);
    model.draw(manager, new Seeds(1));
    model.trainByRole();
    for (String name : List.of(WEIGHT, BIAS)) {
      Param param = model.params().get(name);
      assertThat(param.role()).as(name).isEqualTo(Role.HEAD);
      assertThat(param.isTrained()).as(name).isTrue();
    }
    assertThat(model.params().get(WEIGHT).shape().getShape()).containsExactly(16, 16);
    assertThat(model.params().get(WEIGHT).array().abs().max().getFloat()).isBetween(0.3f, 2f);
    assertThat(model.params().get(BIAS).array().abs().max().getFloat()).isZero();
    assertThat(model.params().count(Role.HEAD)).isEqualTo(16 * 16 + 16 + 2 * 16 + 2);
  }

  @Test
  void a_pretrained_pooler_is_part_of_the_base() {
    SequenceClassifier model = loaded(checkpoint(), TinyEncoder.nativeHead(), Slots.NONE);
    assertThat(model.params().get(WEIGHT).role()).isEqualTo(Role.BASE);
    assertThat(model.params().count(Role.HEAD)).isEqualTo(2 * 16 + 2);
  }

  @Test
  void a_linear_head_needs_no_pooler() {
    SequenceClassifier model = loaded(checkpoint(WEIGHT, BIAS), TinyEncoder.meanHead(), Slots.NONE);
    assertThat(model.params().get(WEIGHT)).isNull();
    assertThat(model.params().count(Role.HEAD)).isEqualTo(2 * 16 + 2);
  }

  @Test
  void half_a_pooler_is_a_damaged_checkpoint() {
    ModelFiles files = checkpoint(BIAS);
    assertThatThrownBy(() -> loaded(files, TinyEncoder.nativeHead(), Slots.NONE))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageContaining(BIAS + " is missing");
  }

  @Test
  void a_head_from_the_checkpoint_cannot_have_it() {
    HeadSettings head =
        new Layers()
            .set("head.from", "checkpoint", "--set")
            .resolve()
            .head()
            .orElse(HeadSettings.Kind.NATIVE, HeadSettings.Pooling.FIRST);
    ModelFiles files = checkpoint(WEIGHT, BIAS);
    assertThatThrownBy(() -> loaded(files, head, Slots.NONE))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("has no native head to start from: " + WEIGHT + "; " + BIAS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tlora", "lora"})
  void it_is_stored_with_the_adapter_and_comes_back(String name) throws Exception {
    Method method = method(name);
    ModelFiles files = checkpoint(WEIGHT, BIAS);
    SequenceClassifier first = loaded(files, TinyEncoder.nativeHead(), method);
    first.draw(manager, new Seeds(0));
    first.trainByRole();
    Path adapter = directory.resolve("adapter");
    AdapterFile.write(
        adapter, first, TinyEncoder.of(Family.BERT).adapterConfig(method, first), files);

    try (SafetensorsReader file = new SafetensorsReader(adapter.resolve(AdapterFile.WEIGHTS))) {
      String prefix = method instanceof Lora ? "base_model.model." : "";
      assertThat(file.names()).contains(prefix + WEIGHT, prefix + BIAS);
    }
    if (method instanceof Lora) {
      JsonNode json = new JsonMapper().readTree(adapter.resolve(AdapterFile.CONFIG).toFile());
      assertThat(json.path("modules_to_save"))
          .extracting(JsonNode::asText)
          .containsExactly("pooler", "classifier");
    }
    AdapterConfig read = AdapterFile.readConfig(adapter);
    SequenceClassifier second = loaded(files, read.head(), read.method());
    AdapterFile.load(adapter, read, second, manager);
    assertThat(logits(second)).isDeepEqualTo(logits(first));
  }

  @Test
  void weights_that_cannot_be_read_leave_the_shape_whole() throws Exception {
    ModelFiles files = checkpoint(WEIGHT, BIAS);
    Files.delete(directory.resolve("model/model.safetensors"));
    SequenceClassifier model =
        SequenceClassifier.declare(files.architecture(), TinyEncoder.nativeHead(), 2, Slots.NONE);
    assertThat(model.params().get(WEIGHT).role()).isEqualTo(Role.BASE);
    assertThatThrownBy(files::openWeights).isInstanceOf(UserError.class);
  }
}
