package io.github.tlora.golden;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.tlora.pickle.PyTorchFile;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checkpoints that are there in both forms have the same weights in both. */
class PyTorchGoldenTest {
  static List<Path> models() {
    return Fixture.all().stream()
        .map(Fixture::model)
        .filter(model -> Files.exists(model.resolve("pytorch_model.bin")))
        .toList();
  }

  @Test
  void every_deberta_of_the_project_has_both_forms() {
    assertThat(models()).hasSizeGreaterThanOrEqualTo(3);
  }

  @ParameterizedTest
  @MethodSource("models")
  void both_forms_have_the_same_bits(Path model) {
    try (WeightSource bin = new PyTorchFile(model.resolve("pytorch_model.bin"));
        WeightSource safe = new SafetensorsReader(model.resolve("model.safetensors"))) {
      assertThat(bin.names()).containsAll(safe.names());
      for (String name : safe.names()) {
        assertThat(bin.shape(name)).as(name).isEqualTo(safe.shape(name));
        assertThat(bin.dtype(name)).as(name).isEqualTo(safe.dtype(name));
        assertThat(bin.bytes(name)).as(name).isEqualTo(safe.bytes(name));
      }
    }
  }

  /** In the stream format values begin at any byte; processors and the engine must bear it. */
  @Test
  void values_at_odd_places_reach_the_engine() {
    Path pickles = Fixture.resources().resolve("pickles/good");
    try (WeightSource bin = new PyTorchFile(pickles.resolve("stream-2.bin"));
        WeightSource safe = new SafetensorsReader(pickles.resolve("stream-2.safetensors"));
        NDManager manager = Torch.newManager("cpu")) {
      float[] expected = new float[6];
      safe.floats("0.weight").asFloatBuffer().get(expected);
      NDArray array = manager.create(bin.floats("0.weight"), new Shape(2, 3), DataType.FLOAT32);
      assertThat(array.toFloatArray()).isEqualTo(expected);
    }
  }
}
