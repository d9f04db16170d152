package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackedWeightTest {
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray random(long seed, long... shape) {
    Random random = new Random(seed);
    float[] values = new float[(int) new Shape(shape).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    try (NDArray fromJava = manager.create(values, new Shape(shape))) {
      return fromJava.duplicate();
    }
  }

  private static void assertClose(NDArray ours, NDArray wanted, double bound) {
    assertThat(ours.getShape()).isEqualTo(wanted.getShape());
    double largest = wanted.abs().max().getFloat();
    assertThat(largest).isGreaterThan(0.1);
    assertThat(Ops.maxAbsDifference(ours, wanted) / largest).isCloseTo(0, within(bound));
  }

  @ParameterizedTest
  @CsvSource({"384, 384", "1536, 384", "384, 1536", "1, 7", "7, 1", "33, 65", "768, 770"})
  void gives_the_plain_matrix_back_bit_by_bit(int out, int in) {
    NDArray w = random(1, out, in);
    float[] values = w.toFloatArray();
    PackedWeight packed = PackedWeight.of(w, true);
    w.close();
    assertThat(Arrays.equals(packed.unpack().toFloatArray(), values)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"384, 384, 1", "1536, 384, 500", "384, 1536, 13", "33, 65, 4", "7, 1, 300"})
  void has_the_products_of_the_plain_matrix(int out, int in, int rows) {
    NDArray w = random(1, out, in);
    NDArray b = random(2, out);
    NDArray x = random(3, 2, rows, in);
    PackedWeight packed = PackedWeight.of(w, false);
    assertClose(packed.product(x, b), Ops.linear(x, w, b), 2e-6);
    assertClose(packed.product(x, null), Ops.linear(x, w, null), 2e-6);
  }

  /** Two products with something between and beside them, and a cut where two read the same. */
  private NDArray gradient(NDArray x, NDArray gain, PackedWeight[] packed, NDArray[] plain) {
    x.setRequiresGradient(true);
    gain.setRequiresGradient(true);
    try (Scope step = Scope.training(manager)) {
      NDArray from = Scope.cut(x.mul(gain));
      NDArray middle =
          Ops.gelu(
              packed == null ? Ops.linear(from, plain[0], null) : packed[0].product(from, null),
              false);
      NDArray y =
          packed == null ? Ops.linear(middle, plain[1], null) : packed[1].product(middle, null);
      step.backward(Ops.tanh(y.add(from)).mul(gain).sum());
      NDArray both = x.getGradient().concat(gain.getGradient().expandDims(0));
      JniUtils.zeroGrad((PtNDArray) x);
      JniUtils.zeroGrad((PtNDArray) gain);
      return step.keep(both, manager);
    }
  }

  @Test
  void carries_the_gradient_to_what_was_before() {
    NDArray[] plain = {random(1, 256, 64), random(2, 64, 256)};
    PackedWeight[] packed = {PackedWeight.of(plain[0], true), PackedWeight.of(plain[1], true)};
    NDArray x = random(3, 50, 64).mul(0.1);
    NDArray gain = random(4, 64);
    NDArray wanted = gradient(x, gain, null, plain);
    assertClose(gradient(x, gain, packed, plain), wanted, 1e-5);
    assertClose(gradient(x, gain, packed, plain), wanted, 1e-5); // nothing is left of the first
  }

  @Test
  void records_nothing_without_gradients() {
    PackedWeight packed = PackedWeight.of(random(1, 8, 8), false);
    NDArray x = random(2, 3, 8);
    try (Scope step = Scope.training(manager)) {
      assertThat(Ops.hasGradient(packed.product(x, null))).isFalse();
      assertThat(Scope.cut(x)).isSameAs(x);
      assertThat(step.cuts()).isZero();
    }
    x.setRequiresGradient(true);
    try (Scope step = Scope.inference(manager)) {
      NDArray inStep = x.toDevice(step.manager().getDevice(), false);
      assertThat(Ops.hasGradient(packed.product(inStep, null))).isFalse();
      assertThat(Scope.cut(x)).isSameAs(x);
    }
  }

  @Test
  void what_is_forgotten_gathers_no_gradient() {
    PackedWeight packed = PackedWeight.of(random(1, 8, 8), true);
    NDArray x = random(2, 3, 8);
    x.setRequiresGradient(true);
    try (Scope step = Scope.training(manager)) {
      NDArray before = packed.product(x, null);
      int first = step.cuts();
      packed.product(before, null);
      assertThat(step.cuts()).isEqualTo(first + 1);
      step.forget(first);
      assertThat(step.cuts()).isEqualTo(first);
      step.backward(before.sum());
      assertThat(x.getGradient().abs().max().getFloat()).isGreaterThan(0.1f);
    }
  }
}
