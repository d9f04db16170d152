package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.fixture.RandomWeights;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.SafetensorsWriter;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * DeBERTa-v2-xxlarge, all 48 layers with everything it has, at a 32nd of its width, from shards.
 */
class ShardedDebertaTest {
  private static final int SHARDS = 5;

  @TempDir private Path directory;

  private static ObjectNode narrowConfig() {
    ObjectNode config = (ObjectNode) KnownModels.find("deberta-v2-xxlarge").orElseThrow().config();
    config.put("hidden_size", 48).put("attention_head_size", 2);
    config.put("intermediate_size", 192).put("vocab_size", 300);
    return config;
  }

  private static HeadSettings head() {
    return HeadSettings.defaults().orElse(HeadSettings.Kind.NATIVE, HeadSettings.Pooling.FIRST);
  }

  private static Map<String, Param> base(SequenceClassifier model) {
    Map<String, Param> params = new LinkedHashMap<>();
    model.params().of(Role.BASE).forEach(param -> params.put(param.name(), param));
    return params;
  }

  /** Writes every fifth tensor to the same shard, and the index. */
  private void write(WeightSource weights, Map<String, Param> params, NDManager manager)
      throws IOException {
    Files.writeString(directory.resolve("config.json"), narrowConfig().toString());
    ObjectNode index = new JsonMapper().createObjectNode();
    index
        .putObject("metadata")
        .put("total_size", 4 * params.values().stream().mapToLong(Param::size).sum());
    ObjectNode map = index.putObject("weight_map");
    for (int shard = 0; shard < SHARDS; shard++) {
      String file = "model-0000%d-of-0000%d.safetensors".formatted(shard + 1, SHARDS);
      Map<String, NDArray> tensors = new LinkedHashMap<>();
      int at = 0;
      for (Param param : params.values()) {
        if (at++ % SHARDS == shard) {
          NDArray values =
              manager.create(weights.floats(param.name()), param.shape(), DataType.FLOAT32);
          tensors.put(param.name(), values.duplicate());
          map.put(param.name(), file);
        }
      }
      SafetensorsWriter.write(directory.resolve(file), tensors, Map.of("format", "pt"));
    }
    Files.writeString(directory.resolve("model.safetensors.index.json"), index.toString());
  }

  private static float[] logits(SequenceClassifier model, NDManager manager) {
    model.params().of(Role.HEAD).forEach(param -> param.fill(ramp(param), manager));
    try (Scope step = Scope.inference(manager)) {
      NDArray ids = step.manager().create(new long[][] {{1, 17, 290, 5, 2}, {1, 80, 2, 0, 0}});
      NDArray mask = step.manager().create(new long[][] {{1, 1, 1, 1, 1}, {1, 1, 1, 0, 0}});
      return model.logits(new Input(ids, mask, ids.zerosLike()), false).toFloatArray();
    }
  }

  private static float[] ramp(Param param) {
    float[] values = new float[(int) param.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i % 13 - 6) / 20f;
    }
    return values;
  }

  @Test
  void shards_give_the_model_that_one_source_gives_and_half_precision_stays_near()
      throws Exception {
    Architecture architecture = Architecture.read(narrowConfig(), "narrow");
    SequenceClassifier whole = SequenceClassifier.declare(architecture, head(), 2, Slots.NONE);
    try (NDManager manager = Torch.newManager("cpu")) {
      WeightSource random = new RandomWeights(base(whole), 5, 0.05);
      write(random, base(whole), manager);
      whole.load(random, manager);
      ModelFiles files = new ModelFiles.Directory(directory);
      SequenceClassifier sharded =
          SequenceClassifier.declare(files.architecture(), head(), 2, Slots.NONE);
      SequenceClassifier half =
          SequenceClassifier.declare(files.architecture(), head(), 2, Slots.NONE)
              .keepBaseAs(Dtype.BF16);
      for (SequenceClassifier model : new SequenceClassifier[] {sharded, half}) {
        try (WeightSource weights = files.openWeights()) {
          model.load(weights, manager);
        }
      }

      assertThat(sharded.baseHash()).isEqualTo(whole.baseHash()).isEqualTo(half.baseHash());
      assertThat(sharded.params().count(Role.BASE)).isGreaterThan(1_000_000);
      float[] wanted = logits(whole, manager);
      assertThat(logits(sharded, manager)).containsExactly(wanted);
      float[] near = logits(half, manager);
      for (int i = 0; i < wanted.length; i++) {
        assertThat((double) Math.abs(near[i] - wanted[i])).isLessThan(0.1);
      }
    }
  }
}
