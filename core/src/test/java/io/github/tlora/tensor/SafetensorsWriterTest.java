package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files written, and read back. */
class SafetensorsWriterTest {
  @TempDir Path dir;
  private NDManager manager;

  @BeforeEach
  void open_manager() {
    manager = Torch.newManager("cpu");
  }

  @AfterEach
  void close_manager() {
    manager.close();
  }

  private NDArray array(Shape shape, float... values) {
    return manager.create(values, shape);
  }

  private static String header(byte[] file) {
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return new String(file, 8, length, StandardCharsets.UTF_8);
  }

  @Test
  void the_file_is_sorted_padded_and_little_endian() throws IOException {
    Path path = dir.resolve("x.safetensors");
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    tensors.put("b", array(new Shape(2, 1), 1, -2));
    tensors.put("a", array(new Shape(), 0.5f));
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("z", "1");
    metadata.put("format", "pt");
    SafetensorsWriter.write(path, tensors, metadata);
    byte[] file = Files.readAllBytes(path);
    String json =
        "{\"__metadata__\":{\"format\":\"pt\",\"z\":\"1\"},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[4,12]}}";
    assertThat(header(file)).isEqualTo(json + " ".repeat((8 - json.length() % 8) % 8));
    int data = 8 + header(file).length();
    assertThat(data % 8).isZero();
    assertThat(file).hasSize(data + 12);
    ByteBuffer values = ByteBuffer.wrap(file, data, 12).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(new float[] {values.getFloat(), values.getFloat(), values.getFloat()})
        .containsExactly(0.5f, 1, -2);
  }

  @Test
  void without_metadata_the_header_has_none() throws IOException {
    Path path = dir.resolve("x.safetensors");
    SafetensorsWriter.write(path, Map.of(), Map.of());
    assertThat(header(Files.readAllBytes(path)).strip()).isEqualTo("{}");
  }

  @Test
  void what_was_written_is_read_back_bit_for_bit() throws IOException {
    float[] odd = {
      0f,
      -0f,
      Float.MIN_VALUE,
      Float.MIN_NORMAL,
      Float.MAX_VALUE,
      Float.NEGATIVE_INFINITY,
      Float.NaN,
      1 / 3f
    };
    Map<String, NDArray> tensors =
        Map.of(
            "odd",
            array(new Shape(2, 4), odd),
            "große \"Gewichte\"\n.weight",
            array(new Shape(3), 1, 2, 3),
            "random",
            array(new Shape(50, 7), new SplitMix64(1).normal(350, 1)),
            "none",
            array(new Shape(0, 3)));
    Map<String, String> metadata = Map.of("seed", "42", "text", "a \"quoted\" line\n");
    Path first = dir.resolve("first.safetensors");
    SafetensorsWriter.write(first, tensors, metadata);
    Map<String, NDArray> read = new TreeMap<>();
    try (SafetensorsReader reader = new SafetensorsReader(first)) {
      assertThat(reader.metadata()).isEqualTo(metadata);
      assertThat(reader.names()).isEqualTo(tensors.keySet());
      for (String name : reader.names()) {
        NDArray original = tensors.get(name);
        assertThat(reader.storedType(name)).isEqualTo("F32");
        assertThat(reader.shape(name)).isEqualTo(original.getShape().getShape());
        ByteBuffer values = reader.floats(name);
        assertThat(values).isEqualTo(original.toByteBuffer());
        float[] floats = new float[values.remaining() / 4];
        values.asFloatBuffer().get(floats);
        read.put(name, array(original.getShape(), floats));
      }
      Path second = dir.resolve("second.safetensors");
      SafetensorsWriter.write(second, read, reader.metadata());
      assertThat(Files.readAllBytes(second)).isEqualTo(Files.readAllBytes(first));
    }
  }

  @Test
  void equal_input_in_another_order_gives_equal_bytes() throws IOException {
    NDArray a = array(new Shape(2), 1, 2);
    NDArray b = array(new Shape(1), 3);
    Map<String, NDArray> forth = new LinkedHashMap<>();
    forth.put("a", a);
    forth.put("b", b);
    Map<String, NDArray> back = new LinkedHashMap<>();
    back.put("b", b.duplicate());
    back.put("a", a.duplicate());
    Map<String, String> backwards = new LinkedHashMap<>();
    backwards.put("y", "2");
    backwards.put("x", "1");
    Path one = dir.resolve("one");
    Path two = dir.resolve("two");
    SafetensorsWriter.write(one, forth, Map.of("x", "1", "y", "2"));
    SafetensorsWriter.write(two, back, backwards);
    assertThat(Files.readAllBytes(two)).isEqualTo(Files.readAllBytes(one));
    SafetensorsWriter.write(
        two, Map.of("a", a, "b", array(new Shape(1), Math.nextUp(3f))), backwards);
    assertThat(Files.readAllBytes(two)).isNotEqualTo(Files.readAllBytes(one));
  }

  @Test
  void a_view_is_written_as_its_own_values() {
    NDArray view = array(new Shape(2, 3), 1, 2, 3, 4, 5, 6).transpose();
    Path path = dir.resolve("x");
    SafetensorsWriter.write(path, Map.of("view", view), Map.of());
    try (SafetensorsReader reader = new SafetensorsReader(path)) {
      float[] values = new float[6];
      reader.floats("view").asFloatBuffer().get(values);
      assertThat(reader.shape("view")).containsExactly(3, 2);
      assertThat(values).containsExactly(1, 4, 2, 5, 3, 6);
    }
  }

  @Test
  void only_float32_is_written() {
    Map<String, NDArray> tensors = Map.of("ids", manager.create(new long[] {1}));
    assertThatThrownBy(() -> SafetensorsWriter.write(dir.resolve("x"), tensors, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("ids is int64");
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void a_file_that_cannot_be_written_leaves_nothing() {
    Map<String, NDArray> tensors = Map.of("a", array(new Shape(1), 1));
    Path path = dir.resolve("none").resolve("x");
    assertThatThrownBy(() -> SafetensorsWriter.write(path, tensors, Map.of()))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE));
    assertThat(dir).isEmptyDirectory();
  }
}
