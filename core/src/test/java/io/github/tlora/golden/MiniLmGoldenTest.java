package io.github.tlora.golden;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.data.Example;
import io.github.tlora.data.Tokenizer;
import io.github.tlora.model.Bert;
import io.github.tlora.model.BundledModel;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The bundled encoder, read from its ONNX file, against transformers (make_minilm.py). */
class MiniLmGoldenTest {
  private static final Path GOLDEN = Fixture.resources().resolve("minilm");
  private static final double TOLERANCE = 1e-5;

  private static NDManager manager;
  private static SequenceClassifier model;
  private static final BundledModel FILES = new BundledModel();
  private final SafetensorsReader golden =
      new SafetensorsReader(GOLDEN.resolve("golden.safetensors"));

  @BeforeAll
  static void load() {
    manager = Torch.newManager("cpu");
    model = SequenceClassifier.declare(FILES.architecture(), FILES.defaultHead(), 2, Slots.NONE);
    try (WeightSource weights = FILES.openWeights()) {
      model.load(weights, manager);
    }
  }

  @AfterAll
  static void close() {
    manager.close();
  }

  @Test
  void last_hidden_state_equals_transformers() {
    try (Scope step = Scope.inference(manager)) {
      Input input = Fixture.input(golden, step.manager());
      NDArray ours = lastState(input);
      NDArray wanted = Fixture.floats(golden, "last_hidden_state", step.manager());
      assertThat(
              Ops.maxAbsDifference(
                  Ops.masked(ours, input.mask()), Ops.masked(wanted, input.mask())))
          .isLessThanOrEqualTo(TOLERANCE);
    }
  }

  @Test
  void pooler_output_equals_transformers() {
    try (Scope step = Scope.inference(manager)) {
      NDArray ours = Bert.pooled(model.params(), lastState(Fixture.input(golden, step.manager())));
      NDArray wanted = Fixture.floats(golden, "pooler_output", step.manager());
      assertThat(Ops.maxAbsDifference(ours, wanted)).isLessThanOrEqualTo(TOLERANCE);
    }
  }

  private static NDArray lastState(Input input) {
    List<NDArray> states = model.encoder().hiddenStates(input, false);
    return states.get(states.size() - 1);
  }

  @Test
  void token_ids_equal_transformers() throws Exception {
    JsonNode texts = new JsonMapper().readTree(GOLDEN.resolve("texts.json").toFile());
    long[] ids = golden.longs("input_ids");
    long[] types = golden.longs("token_type_ids");
    long[] mask = golden.longs("attention_mask");
    int width = (int) golden.shape("input_ids")[1];
    try (Tokenizer tokenizer = new Tokenizer(FILES.tokenizerJson(), 128, true)) {
      for (int row = 0; row < texts.size(); row++) {
        JsonNode pair = texts.get(row).get(1);
        Tokenizer.Tokens ours =
            tokenizer.encode(
                new Example(
                    texts.get(row).get(0).asText(), pair.isNull() ? null : pair.asText(), -1));
        List<Long> wantedIds = new ArrayList<>();
        List<Long> wantedTypes = new ArrayList<>();
        for (int i = row * width; i < (row + 1) * width; i++) {
          if (mask[i] == 1) {
            wantedIds.add(ids[i]);
            wantedTypes.add(types[i]);
          }
        }
        assertThat(ours.ids()).as("row %d", row).containsExactly(wantedIds.toArray(Long[]::new));
        assertThat(ours.typeIds())
            .as("row %d", row)
            .containsExactly(wantedTypes.toArray(Long[]::new));
      }
    }
  }

  @Test
  void every_weight_is_found_by_its_hugging_face_name() {
    assertThat(model.params().count(Role.BASE)).isEqualTo(22_713_216);
    try (WeightSource weights = FILES.openWeights()) {
      assertThat(weights.names()).hasSize(103); // and position_ids, which are no weight
    }
  }
}
