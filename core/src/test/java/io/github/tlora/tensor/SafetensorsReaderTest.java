package io.github.tlora.tensor;

import static io.github.tlora.tensor.RawSafetensors.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the reader makes of whole files; {@link SafetensorsDamageTest} has the others. */
class SafetensorsReaderTest {
  @TempDir Path dir;

  private Path file(String header, byte... data) {
    return RawSafetensors.write(dir.resolve("x.safetensors"), RawSafetensors.bytes(header, data));
  }

  private static byte[] littleEndian(int... words) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int word : words) {
      buffer.putInt(word);
    }
    return buffer.array();
  }

  private static float[] floats(WeightSource source, String name) {
    ByteBuffer buffer = source.floats(name);
    assertThat(buffer.position()).isZero();
    assertThat(buffer.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[buffer.remaining() / 4];
    buffer.asFloatBuffer().get(values);
    return values;
  }

  @Test
  void tensors_are_found_by_name_with_shape_and_type() {
    String header =
        "{"
            + entry("b", "F32", "[2,1]", 4, 12)
            + ","
            + entry("a", "F32", "[]", 0, 4)
            + ","
            + entry("none", "F32", "[0,3]", 12, 12)
            + "}";
    byte[] data =
        littleEndian(
            Float.floatToIntBits(1.5f), Float.floatToIntBits(-2f), Float.floatToIntBits(3f));
    Path path = file(header, data);
    try (SafetensorsReader reader = new SafetensorsReader(path)) {
      assertThat(reader.location()).isEqualTo(path.toString());
      assertThat(reader.names()).containsExactlyInAnyOrder("a", "b", "none");
      assertThat(reader.metadata()).isEmpty();
      assertThat(reader.shape("a")).isEmpty();
      assertThat(reader.shape("b")).containsExactly(2, 1);
      assertThat(reader.shape("none")).containsExactly(0, 3);
      assertThat(reader.storedType("b")).isEqualTo("F32");
      assertThat(floats(reader, "a")).containsExactly(1.5f);
      assertThat(floats(reader, "b")).containsExactly(-2f, 3f);
      assertThat(floats(reader, "none")).isEmpty();
    }
  }

  @Test
  void the_header_may_be_padded_and_hold_metadata() {
    String header =
        "{\"__metadata__\":{\"format\":\"pt\",\"key\":\"größe\"},"
            + entry("a", "F32", "[1]", 0, 4)
            + "}     ";
    try (SafetensorsReader reader = new SafetensorsReader(file(header, littleEndian(0)))) {
      assertThat(reader.metadata()).isEqualTo(Map.of("format", "pt", "key", "größe"));
      assertThat(reader.names()).containsExactly("a");
    }
  }

  @Test
  void a_file_without_tensors_is_one() {
    try (SafetensorsReader reader = new SafetensorsReader(file("{}"))) {
      assertThat(reader.names()).isEmpty();
    }
  }

  @Test
  void its_views_cannot_be_changed() {
    String header = "{\"__metadata__\":{\"k\":\"v\"}," + entry("a", "F32", "[1]", 0, 4) + "}";
    try (SafetensorsReader reader = new SafetensorsReader(file(header, littleEndian(0)))) {
      reader.shape("a")[0] = 9;
      assertThat(reader.shape("a")).containsExactly(1);
      assertThatThrownBy(() -> reader.names().clear())
          .isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(() -> reader.metadata().clear())
          .isInstanceOf(UnsupportedOperationException.class);
      assertThat(reader.floats("a").isReadOnly()).isTrue();
    }
  }

  /** The value of a small float's bits, from its definition in IEEE 754. */
  private static double small(int bits, int exponentBits, int fractionBits) {
    int fraction = bits & ((1 << fractionBits) - 1);
    int exponent = (bits >>> fractionBits) & ((1 << exponentBits) - 1);
    double sign = bits >>> (exponentBits + fractionBits) == 0 ? 1 : -1;
    int bias = (1 << (exponentBits - 1)) - 1;
    if (exponent == (1 << exponentBits) - 1) {
      return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }
    double scale = Math.pow(2, -fractionBits);
    return exponent == 0
        ? sign * fraction * scale * Math.pow(2, 1 - bias)
        : sign * (1 + fraction * scale) * Math.pow(2, exponent - bias);
  }

  private void everyPatternWidens(String dtype, int exponentBits, int fractionBits) {
    ByteBuffer all = ByteBuffer.allocate(1 << 17).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < 1 << 16; bits++) {
      all.putShort((short) bits);
    }
    Path path = file("{" + entry("a", dtype, "[256,256]", 0, 1 << 17) + "}", all.array());
    try (SafetensorsReader reader = new SafetensorsReader(path)) {
      float[] values = floats(reader, "a");
      assertThat(values).hasSize(1 << 16);
      for (int bits = 0; bits < 1 << 16; bits++) {
        float expected = (float) small(bits, exponentBits, fractionBits);
        // compare() tells 0 from -0 and holds NaN equal to NaN.
        assertThat(Float.compare(values[bits], expected))
            .as("%s %04x: %s, not %s", dtype, bits, values[bits], expected)
            .isZero();
      }
    }
  }

  @Test
  void every_float16_widens_to_its_value() {
    everyPatternWidens("F16", 5, 10);
  }

  @Test
  void every_bfloat16_widens_to_its_value() {
    everyPatternWidens("BF16", 8, 7);
  }

  @Test
  void the_reference_knows_the_famous_halves() {
    assertThat(small(0x3C00, 5, 10)).isEqualTo(1);
    assertThat(small(0x0001, 5, 10)).isEqualTo(0x1p-24);
    assertThat(small(0x7BFF, 5, 10)).isEqualTo(65504);
    assertThat(small(0xFC00, 5, 10)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(small(0x7E00, 5, 10)).isNaN();
    assertThat(small(0x3F80, 8, 7)).isEqualTo(1);
    assertThat(small(0x0001, 8, 7)).isEqualTo(0x1p-133);
  }

  @Test
  void int64_is_read_as_longs_and_never_as_floats() {
    byte[] data =
        ByteBuffer.allocate(16)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(Long.MAX_VALUE)
            .putLong(-3)
            .array();
    Path path = file("{" + entry("ids", "I64", "[2]", 0, 16) + "}", data);
    try (SafetensorsReader reader = new SafetensorsReader(path)) {
      assertThat(reader.longs("ids")).containsExactly(Long.MAX_VALUE, -3);
      assertRefused(() -> reader.floats("ids"), path, "tensor 'ids' is I64, not F32, F16 or BF16");
    }
  }

  @Test
  void floats_are_not_longs() {
    Path path = file("{" + entry("a", "F32", "[2]", 0, 8) + "}", littleEndian(1, 2));
    try (SafetensorsReader reader = new SafetensorsReader(path)) {
      assertRefused(() -> reader.longs("a"), path, "tensor 'a' is not I64");
    }
  }

  @Test
  void a_name_that_is_not_there_is_told() {
    Path path = file("{}");
    try (SafetensorsReader reader = new SafetensorsReader(path)) {
      assertThatThrownBy(() -> reader.shape("w"))
          .isInstanceOfSatisfying(
              UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
          .hasMessage(path + ": has no tensor 'w'");
    }
  }

  @Test
  void a_missing_file_and_a_directory_are_told() {
    Path missing = dir.resolve("none.safetensors");
    for (Path path : new Path[] {missing, dir}) {
      assertThatThrownBy(() -> new SafetensorsReader(path).close())
          .isInstanceOfSatisfying(
              UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
          .hasMessage(path + ": no such file");
    }
    assertThat(Files.exists(missing)).isFalse();
  }

  private static void assertRefused(Runnable read, Path path, String what) {
    assertThatThrownBy(read::run)
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(
            path + ": not a usable safetensors file: " + what + ". Fetch or write it again");
  }
}
