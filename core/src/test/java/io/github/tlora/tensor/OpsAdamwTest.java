package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The optimizer's step against a plain double-precision AdamW, and the norm of gradients. */
class OpsAdamwTest {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private NDManager manager;

  @BeforeEach
  void open_manager() {
    manager = Torch.newManager("cpu");
  }

  @AfterEach
  void close_manager() {
    manager.close();
  }

  /** {@code torch.optim.AdamW} for one tensor, as its documentation states it. */
  private static final class PlainAdamW {
    private final double[] weights;
    private final double[] averages;
    private final double[] squares;

    PlainAdamW(float[] start) {
      weights = new double[start.length];
      for (int i = 0; i < start.length; i++) {
        weights[i] = start[i];
      }
      averages = new double[start.length];
      squares = new double[start.length];
    }

    void step(float[] gradient, double rate, double decay, int step) {
      for (int i = 0; i < weights.length; i++) {
        double g = gradient[i];
        weights[i] -= rate * decay * weights[i];
        averages[i] = BETA1 * averages[i] + (1 - BETA1) * g;
        squares[i] = BETA2 * squares[i] + (1 - BETA2) * g * g;
        double average = averages[i] / (1 - Math.pow(BETA1, step));
        double square = squares[i] / (1 - Math.pow(BETA2, step));
        weights[i] -= rate * average / (Math.sqrt(square) + EPSILON);
      }
    }
  }

  private NDArray trained(float... values) {
    try (NDArray fromJava = manager.create(values)) {
      NDArray array = fromJava.duplicate();
      array.setRequiresGradient(true);
      return array;
    }
  }

  private NDArray zeros(int count) {
    return manager.zeros(new Shape(count));
  }

  /** Adds {@code gradient} to what {@code array} has gathered. */
  private void addGradient(NDArray array, float... gradient) {
    try (Scope step = Scope.training(manager)) {
      step.backward(array.mul(step.manager().create(gradient)).sum());
    }
  }

  private static float[] gradient(NDArray array) {
    try (NDArray gradient = array.getGradient()) {
      return gradient.toFloatArray();
    }
  }

  private static void assertClose(NDArray actual, double[] expected) {
    float[] values = actual.toFloatArray();
    assertThat(values).hasSize(expected.length);
    for (int i = 0; i < values.length; i++) {
      assertThat((double) values[i]).isCloseTo(expected[i], within(OpCheck.TOLERANCE));
    }
  }

  @Test
  void ten_steps_follow_the_plain_optimizer() {
    float[][] starts = {{1, -2, 0.5f, 0}, {3, -0.25f}};
    double[] decays = {0.1, 0};
    PlainAdamW[] plain = {new PlainAdamW(starts[0]), new PlainAdamW(starts[1])};
    List<NDArray> params = List.of(trained(starts[0]), trained(starts[1]));
    List<NDArray> averages = List.of(zeros(4), zeros(2));
    List<NDArray> squares = List.of(zeros(4), zeros(2));
    SplitMix64 stream = new Seeds(3).stream("gradients");
    for (int step = 1; step <= 10; step++) {
      double[] rates = {0.1 / step, 0.02};
      for (int i = 0; i < 2; i++) {
        float[] gradient = stream.normal(starts[i].length, 0.1);
        addGradient(params.get(i), gradient);
        plain[i].step(gradient, rates[i], decays[i], step);
      }
      int stepped =
          Ops.adamw(params, averages, squares, rates, decays, BETA1, BETA2, EPSILON, step);
      assertThat(stepped).isEqualTo(2);
      for (int i = 0; i < 2; i++) {
        assertClose(params.get(i), plain[i].weights);
        assertClose(averages.get(i), plain[i].averages);
        assertClose(squares.get(i), plain[i].squares);
        assertThat(gradient(params.get(i))).containsOnly(0);
      }
    }
    // The weights went somewhere: the first rate alone moves each by about 0.1.
    assertThat(Math.abs(plain[0].weights[0] - 1)).isGreaterThan(0.05);
  }

  @Test
  void decay_alone_shrinks_the_weights() {
    NDArray weights = trained(2, -4);
    addGradient(weights, 0, 0);
    double[] rates = {0.1};
    double[] decays = {0.5};
    List<NDArray> params = List.of(weights);
    int stepped =
        Ops.adamw(
            params, List.of(zeros(2)), List.of(zeros(2)), rates, decays, BETA1, BETA2, EPSILON, 1);
    assertThat(stepped).isEqualTo(1);
    assertClose(weights, new double[] {1.9, -3.8});
  }

  @Test
  void a_tensor_without_a_gradient_is_left_alone() {
    NDArray first = trained(1, 2);
    NDArray second = trained(3, 4);
    NDArray average = zeros(2);
    addGradient(first, 1, 1);
    double[] rates = {0.1, 0.1};
    double[] decays = {0.5, 0.5};
    int stepped =
        Ops.adamw(
            List.of(first, second),
            List.of(zeros(2), average),
            List.of(zeros(2), zeros(2)),
            rates,
            decays,
            BETA1,
            BETA2,
            EPSILON,
            1);
    assertThat(stepped).isEqualTo(1);
    assertThat(first.toFloatArray()[0]).isNotEqualTo(1f);
    assertThat(second.toFloatArray()).containsExactly(3, 4);
    assertThat(average.toFloatArray()).containsExactly(0, 0);
  }

  @Test
  void a_step_inside_training_is_not_recorded_and_keeps_the_mode() {
    NDArray weights = trained(1, 2);
    addGradient(weights, 1, 1);
    double[] rates = {0.1};
    double[] decays = {0};
    List<NDArray> params = List.of(weights);
    try (Scope step = Scope.training(manager)) {
      Ops.adamw(
          params, List.of(zeros(2)), List.of(zeros(2)), rates, decays, BETA1, BETA2, EPSILON, 1);
      assertThat(JniUtils.isGradMode()).isTrue();
      // Still a leaf with a gradient of its own: the step did not become part of the graph.
      step.backward(weights.mul(weights).sum());
      float[] values = weights.toFloatArray();
      assertThat(gradient(weights)).containsExactly(2 * values[0], 2 * values[1]);
    }
  }

  @Test
  void gradients_add_up_until_the_step() {
    NDArray weights = trained(1, 2);
    addGradient(weights, 1, 3);
    addGradient(weights, 2, -1);
    assertThat(gradient(weights)).containsExactly(3, 2);
  }

  /** The norm alone: nothing is scaled. */
  private double norm(List<NDArray> params) {
    try (NDArray norm = Ops.clipGradients(params, Double.POSITIVE_INFINITY, manager)) {
      return norm.getDouble();
    }
  }

  @Test
  void gradients_above_the_norm_are_scaled_down_together_and_others_left_alone() {
    NDArray first = trained(5, 6);
    NDArray second = trained(7);
    addGradient(first, 3, 0);
    addGradient(second, 4);
    List<NDArray> params = List.of(first, second);
    try (NDArray norm = Ops.clipGradients(params, 10, manager)) {
      assertThat(norm.getDouble()).isEqualTo(5);
    }
    assertThat(gradient(first)).containsExactly(3, 0);
    try (NDArray norm = Ops.clipGradients(params, 0.5, manager)) {
      assertThat(norm.getDouble()).isEqualTo(5);
    }
    float scale = (float) (0.5 / (5 + 1e-6));
    assertThat(gradient(first)).containsExactly(3 * scale, 0);
    assertThat(gradient(second)).containsExactly(4 * scale);
  }

  @Test
  void the_norm_is_of_all_gradients_together() {
    NDArray first = trained(5, 6);
    NDArray second = trained(7);
    NDArray none = trained(100);
    assertThat(norm(List.of(first, second, none))).isZero();
    addGradient(first, 1, -2);
    addGradient(second, 2);
    assertThat(norm(List.of(first, second, none))).isCloseTo(3, within(1e-6));
  }

  @Test
  void the_norm_of_large_gradients_is_finite() {
    // 10^30 squared is over the largest float: the sum is taken in double.
    NDArray weights = trained(1, 1);
    addGradient(weights, 3e30f, 4e30f);
    assertThat(norm(List.of(weights))).isCloseTo(5e30, within(1e25));
  }

  @Test
  void the_norm_of_a_nan_is_nan() {
    NDArray weights = trained(1, 1);
    addGradient(weights, 1, Float.NaN);
    assertThat(norm(List.of(weights))).isNaN();
  }
}
