package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is stored, kept and read back, in every pair of types. */
class DtypeTest {
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static ByteBuffer halves(int... bits) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : bits) {
      buffer.putShort((short) value);
    }
    return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Rows of the identity times the weight: its values, as an op of the encoder sees them. */
  private float[] read(NDArray weight) {
    long[] ids = new long[(int) weight.getShape().get(0)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i;
    }
    return Ops.embedding(weight, manager.create(ids)).toFloatArray();
  }

  @ParameterizedTest
  @CsvSource({
    "BF16, 3f80, 1.0", "BF16, c049, -3.140625", "BF16, 0000, 0.0", "BF16, 7f7f, 3.3895314e38",
    "BF16, 7f80, Infinity", "BF16, 0001, 9.1835e-41", "F16, 3c00, 1.0", "F16, c248, -3.140625",
    "F16, 7bff, 65504.0", "F16, 0001, 5.9604645e-8", "F16, fc00, -Infinity", "F16, 8000, -0.0"
  })
  void half_numbers_have_their_values(Dtype dtype, String bits, float value) {
    ByteBuffer stored = halves(Integer.parseInt(bits, 16));

    assertThat(dtype.toFloats(stored).getFloat(0)).isEqualTo(value);
    NDArray weight = Ops.weight(stored, dtype, Dtype.F32, new Shape(1, 1), manager);
    assertThat(weight.toFloatArray()).containsExactly(value);
  }

  @ParameterizedTest
  @EnumSource(Dtype.class)
  void what_a_type_can_hold_survives_it(Dtype kept) {
    // 8 significant bits and a small exponent: every type holds them.
    ByteBuffer stored = halves(0x3f80, 0xbf81, 0x4049, 0xc2ff, 0x3d00, 0);
    float[] values = new float[6];
    Dtype.BF16.toFloats(stored).asFloatBuffer().get(values);

    NDArray weight = Ops.weight(stored, Dtype.BF16, kept, new Shape(3, 2), manager);

    assertThat(weight.getShape()).isEqualTo(new Shape(3, 2));
    assertThat(read(weight)).containsExactly(values);
  }

  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"BF16", "F16"})
  void keeping_in_half_rounds_to_the_nearest(Dtype kept) {
    float[] values = new Seeds(5).stream("values").normal(3_000_000, 1.0);
    ByteBuffer stored = ByteBuffer.allocateDirect(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    stored.asFloatBuffer().put(values);

    NDArray weight = Ops.weight(stored, Dtype.F32, kept, new Shape(3000, 1000), manager);

    float[] rounded = read(weight);
    double relative = kept == Dtype.BF16 ? 0x1p-8 : 0x1p-11;
    int outside = 0;
    for (int i = 0; i < values.length; i++) {
      double bound = Math.max(Math.abs(values[i]) * relative, 0x1p-25);
      outside += Math.abs(rounded[i] - values[i]) > bound ? 1 : 0;
    }
    assertThat(outside).isZero();
    assertThat(Arrays.equals(rounded, values)).isFalse();
  }

  @Test
  void blocks_of_a_large_tensor_fit_together() {
    int size = (1 << 20) + 3;
    ByteBuffer stored = ByteBuffer.allocateDirect(2 * size).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < size; i++) {
      stored.putShort(2 * i, (short) (0x3f00 + i % 251));
    }
    float[] wanted = new float[size];
    Dtype.BF16.toFloats(stored).asFloatBuffer().get(wanted);

    NDArray weight = Ops.weight(stored, Dtype.BF16, Dtype.F32, new Shape(size), manager);

    assertThat(Arrays.equals(weight.toFloatArray(), wanted)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"BF16", "F16"})
  void a_product_with_a_half_weight_gives_f32_and_its_gradient(Dtype kept) {
    ByteBuffer stored = halves(0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0); // 1 .. 6
    NDArray weight = Ops.weight(stored, Dtype.BF16, kept, new Shape(3, 2), manager);
    NDArray x = manager.create(new float[] {1, 2}, new Shape(1, 2));
    NDArray bias = manager.create(new float[] {0.5f, 0.25f, 0.125f});
    x.setRequiresGradient(true);
    try (Scope step = Scope.training(manager)) {
      NDArray y = Ops.linear(x, weight, bias);
      assertThat(y.toFloatArray()).containsExactly(5.5f, 11.25f, 17.125f);
      assertThat(Ops.linear(x, weight, null).toFloatArray()).containsExactly(5f, 11f, 17f);
      step.backward(y.sum());
    }
    assertThat(x.getGradient().toFloatArray()).containsExactly(9f, 12f);
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void rounding_gives_the_engines_bits(Dtype dtype) {
    int count = 200_000;
    SplitMix64 random = new SplitMix64(7);
    ByteBuffer floats = ByteBuffer.allocateDirect(4 * count).order(ByteOrder.LITTLE_ENDIAN);
    float[] edges = {
      0f,
      -0f,
      65504f,
      Math.nextDown(65520f),
      65520f,
      -1e6f,
      0x1p-24f,
      0x1p-25f,
      Math.nextUp(0x1p-25f),
      0x1p-14f,
      Math.nextDown(0x1p-14f),
      2049f,
      2051f,
      0x1.01p0f,
      0x1.fep127f,
      Float.MAX_VALUE,
      Float.POSITIVE_INFINITY,
      Float.MIN_VALUE
    };
    for (int i = 0; i < count; i++) {
      int exponent = random.nextInt(60) - 30;
      double fraction = random.nextInt(1 << 24) - (1 << 23);
      float drawn = (float) Math.scalb(fraction, exponent - 22);
      floats.putFloat(i < edges.length ? edges[i] : drawn);
    }
    floats.flip();
    ByteBuffer ours = dtype.narrow(floats);
    ByteBuffer stored =
        ByteBuffer.allocateDirect(2 * count).order(ByteOrder.LITTLE_ENDIAN).put(ours).flip();
    // The engine's own rounding, read back as F32.
    NDArray wide = Ops.weight(floats, Dtype.F32, dtype, new Shape(count, 1), manager);
    float[] wanted = read(wide);
    ByteBuffer read = dtype.toFloats(stored.order(ByteOrder.LITTLE_ENDIAN));
    for (int i = 0; i < count; i++) {
      assertThat(read.getFloat(4 * i)).as("number %d", i).isEqualTo(wanted[i]);
    }
  }

  @Test
  void rounding_keeps_what_is_no_number() {
    ByteBuffer nan = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    nan.putFloat(Float.NaN).putInt(0x7F800001).flip(); // the second loses its low bits
    for (Dtype dtype : new Dtype[] {Dtype.BF16, Dtype.F16}) {
      ByteBuffer halves = ByteBuffer.allocateDirect(4).order(ByteOrder.LITTLE_ENDIAN);
      halves.put(dtype.narrow(nan)).flip();
      ByteBuffer read = dtype.toFloats(halves.order(ByteOrder.LITTLE_ENDIAN));
      assertThat(read.getFloat(0)).isNaN();
      assertThat(read.getFloat(4)).isNaN();
    }
  }
}
