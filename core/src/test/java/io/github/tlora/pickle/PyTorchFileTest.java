package io.github.tlora.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What scripts/golden/make_pickles.py saved with PyTorch is read, bit for bit. */
class PyTorchFileTest {
  static final Path GOOD = Path.of("src/test/resources/golden/pickles/good");

  @TempDir Path dir;

  static List<Path> goodFiles() throws IOException {
    try (Stream<Path> files = Files.list(GOOD)) {
      return files.filter(file -> file.toString().endsWith(".bin")).sorted().toList();
    }
  }

  @Test
  void there_are_files_of_both_formats_and_every_protocol() throws IOException {
    assertThat(goodFiles()).hasSize(17);
  }

  @ParameterizedTest
  @MethodSource("goodFiles")
  void weights_have_the_bits_of_the_safetensors_file(Path file) {
    Path expected = Path.of(file.toString().replace(".bin", ".safetensors"));
    try (WeightSource bin = new PyTorchFile(file);
        WeightSource safe = new SafetensorsReader(expected)) {
      assertThat(bin.location()).isEqualTo(file.toString());
      assertThat(bin.names()).containsAll(safe.names());
      for (String name : safe.names()) {
        assertThat(bin.shape(name)).as(name).isEqualTo(safe.shape(name));
        assertThat(bin.dtype(name)).as(name).isEqualTo(safe.dtype(name));
        ByteBuffer bytes = bin.bytes(name);
        assertThat(bytes.isDirect()).isTrue();
        assertThat(bytes.position()).isZero();
        assertThat(bytes.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes).as(name).isEqualTo(safe.bytes(name));
        assertThat(bin.floats(name)).as(name).isEqualTo(safe.floats(name));
      }
    }
  }

  @Test
  void views_of_one_storage_are_told_apart() {
    try (WeightSource source = new PyTorchFile(GOOD.resolve("views-zip.bin"))) {
      ByteBuffer whole = source.bytes("whole");
      assertThat(source.bytes("tied")).isEqualTo(whole);
      assertThat(source.bytes("rows")).isEqualTo(whole.slice(2 * 8 * 4, 3 * 8 * 4));
      assertThat(source.bytes("scalar").getFloat(0)).isEqualTo(whole.getFloat(4 * (4 * 8 + 4)));
      for (int row = 0; row < 8; row++) {
        for (int column = 0; column < 6; column++) {
          assertThat(source.bytes("transposed").getFloat(4 * (6 * row + column)))
              .isEqualTo(whole.getFloat(4 * (8 * column + row)));
        }
      }
    }
  }

  /** A tensor whose rows lie in order is mapped, and so cannot be written; others are gathered. */
  @Test
  void only_what_lies_out_of_order_is_copied() {
    try (WeightSource source = new PyTorchFile(GOOD.resolve("views-stream.bin"))) {
      for (String mapped : List.of("whole", "tied", "rows", "scalar", "last", "odd-strides")) {
        assertThat(source.bytes(mapped).isReadOnly()).as(mapped).isTrue();
      }
      for (String gathered : List.of("transposed", "column", "step", "expanded", "overlapping")) {
        assertThat(source.bytes(gathered).isReadOnly()).as(gathered).isFalse();
      }
    }
  }

  @Test
  void tensors_that_are_no_weights_have_a_name_and_a_shape_and_no_more() {
    Path file = GOOD.resolve("zip-2.bin");
    try (WeightSource source = new PyTorchFile(file)) {
      for (String type :
          List.of("float64", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64")) {
        String name = "torch." + type;
        assertThat(source.shape(name))
            .isEqualTo(type.equals("float64") ? new long[] {5} : new long[] {2, 3});
        String message =
            file
                + ": not a usable PyTorch file: tensor '"
                + name
                + "' is "
                + type
                + ", not float32, float16 or bfloat16. Convert it in Python with model.float() and"
                + " save it again";
        assertThatThrownBy(() -> source.dtype(name)).hasMessage(message);
        assertThatThrownBy(() -> source.bytes(name)).hasMessage(message);
        assertThatThrownBy(() -> source.floats(name))
            .isInstanceOf(UserError.class)
            .hasMessage(message);
      }
      assertThat(source.dtype("torch.float16")).isEqualTo(Dtype.F16);
      assertThat(source.dtype("torch.bfloat16")).isEqualTo(Dtype.BF16);
      assertThat(source.names()).contains("größe");
    }
  }

  @Test
  void what_is_no_tensor_is_left_out() {
    try (WeightSource source = new PyTorchFile(GOOD.resolve("wrapped-state_dict-2.bin"))) {
      assertThat(source.names()).containsExactly("a.weight", "a.bias");
    }
  }

  @Test
  void its_views_cannot_be_changed() {
    try (WeightSource source = new PyTorchFile(GOOD.resolve("zip-2.bin"))) {
      source.shape("0.weight")[0] = 9;
      assertThat(source.shape("0.weight")).containsExactly(2, 3);
      assertThatThrownBy(() -> source.names().clear())
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  void a_name_that_is_not_there_is_told() {
    Path file = GOOD.resolve("zip-2.bin");
    try (WeightSource source = new PyTorchFile(file)) {
      assertThatThrownBy(() -> source.shape("w"))
          .isInstanceOf(UserError.class)
          .hasMessage(file + ": has no tensor 'w'");
    }
  }

  @Test
  void a_missing_file_and_a_directory_are_told() {
    for (Path path : List.of(dir.resolve("none.bin"), dir)) {
      assertThatThrownBy(() -> new PyTorchFile(path).close())
          .isInstanceOf(UserError.class)
          .hasMessage(path + ": no such file");
    }
  }

  @Test
  void a_closed_file_gives_no_more_values() {
    Path file = GOOD.resolve("zip-2.bin");
    WeightSource source = new PyTorchFile(file);
    source.close();
    assertThatThrownBy(() -> source.bytes("0.weight"))
        .isInstanceOf(UserError.class)
        .hasMessage(file + ": cannot be read");
  }
}
