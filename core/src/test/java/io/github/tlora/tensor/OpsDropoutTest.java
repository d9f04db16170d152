package io.github.tlora.tensor;

import static io.github.tlora.tensor.OpCheck.constant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What each op drops when its dropout is on, and what it never drops. */
class OpsDropoutTest {
  private static NDManager manager;

  @BeforeAll
  static void start_engine() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close_manager() {
    manager.close();
  }

  @Test
  void no_dropout_is_the_array_itself() {
    try (Scope step = Scope.inference(manager)) {
      NDArray x = step.manager().ones(new Shape(2));
      assertThat(Ops.dropout(x, 0)).isSameAs(x);
    }
  }

  @Test
  void dropout_drops_a_share_and_scales_the_rest_and_the_gradient_alike() {
    Torch.seed(11);
    OpCheck.Outcome outcome =
        new OpCheck(manager)
            .leaf(200, 200)
            .run((step, in) -> Ops.dropout(step.ones(in[0].getShape()).mul(in[0]), 0.2));
    OpCheck.Outcome whole =
        new OpCheck(manager).leaf(200, 200).run((step, in) -> in[0].add(constant(step, 0)));
    int dropped = 0;
    for (int i = 0; i < outcome.values().length; i++) {
      boolean drops = outcome.values()[i] == 0;
      dropped += drops ? 1 : 0;
      float factor = drops ? 0 : 1.25f;
      assertThat(outcome.values()[i]).isCloseTo(factor * whole.values()[i], within(1e-5f));
      assertThat(outcome.gradients().get(0)[i])
          .isCloseTo(factor * whole.gradients().get(0)[i], within(1e-5f));
    }
    // 40,000 draws: the standard deviation of the share is 0.002
    assertThat(dropped / 40_000.0).isCloseTo(0.2, within(0.01));
  }

  @Test
  void lora_drops_inputs_of_its_branch() {
    Torch.seed(12);
    try (Scope step = Scope.inference(manager)) {
      NDManager own = step.manager();
      // One input and three outputs: a dropped input takes all three outputs with it.
      NDArray branch =
          Ops.lora(
              own.ones(new Shape(1000, 1)),
              own.zeros(new Shape(1000, 3)),
              own.ones(new Shape(1, 1)),
              own.ones(new Shape(3, 1)),
              2,
              0.5);
      float[] values = branch.toFloatArray();
      int kept = 0;
      for (int row = 0; row < 1000; row++) {
        float first = values[3 * row];
        assertThat(first).isIn(0f, 4f);
        assertThat(values[3 * row + 1]).isEqualTo(first);
        assertThat(values[3 * row + 2]).isEqualTo(first);
        kept += first == 0 ? 0 : 1;
      }
      assertThat(kept).isBetween(420, 580); // 5 standard deviations of 15.8
    }
  }

  @Test
  void tlora_drops_outputs_of_its_branch() {
    Torch.seed(13);
    try (Scope step = Scope.inference(manager)) {
      NDManager own = step.manager();
      NDArray output =
          Ops.tlora(
              own.ones(new Shape(1000, 1)),
              own.ones(new Shape(1000, 2)),
              own.ones(new Shape(1, 1)),
              own.ones(new Shape(1, 1)),
              own.ones(new Shape(1, 2)),
              own.create(new float[] {3}),
              0.5);
      float[] values = output.toFloatArray();
      int split = 0;
      for (int row = 0; row < 1000; row++) {
        assertThat(values[2 * row]).isIn(1f, 7f);
        assertThat(values[2 * row + 1]).isIn(1f, 7f);
        split += values[2 * row] == values[2 * row + 1] ? 0 : 1;
      }
      // Outputs of one row are dropped apart from each other, and y itself never is.
      assertThat(split).isBetween(420, 580);
    }
  }

  @Test
  void residual_norm_never_drops_the_residual() {
    Torch.seed(14);
    try (Scope step = Scope.inference(manager)) {
      NDManager own = step.manager();
      NDArray residual = own.create(new float[] {-1, 1, -1, 1}, new Shape(1, 4));
      NDArray gain = own.ones(new Shape(4));
      NDArray bias = own.zeros(new Shape(4));
      NDArray expected = Ops.layerNorm(residual, gain, bias, 1e-12);
      NDArray zeros = own.zeros(new Shape(1, 4));
      for (int draw = 0; draw < 20; draw++) {
        NDArray actual = Ops.frozenResidualNorm(zeros, residual, gain, bias, 1e-12, 0.9);
        assertThat(Ops.maxAbsDifference(actual, expected)).isZero();
      }
      NDArray dropped = Ops.frozenResidualNorm(residual, zeros, gain, bias, 1e-12, 0.9);
      assertThat(Ops.maxAbsDifference(dropped, expected)).isGreaterThan(0.1);
    }
  }

  @Test
  void attention_drops_probabilities() {
    Torch.seed(15);
    assertDropsHalf(
        (step, values) -> {
          NDArray zeros = step.zeros(values.getShape());
          NDArray mask = Ops.additiveMask(step.ones(new Shape(1000, 2), DataType.INT64));
          return Ops.attention(zeros, zeros, values, mask, 1, 0.5);
        });
  }

  @Test
  void disentangled_attention_drops_probabilities() {
    Torch.seed(16);
    assertDropsHalf(
        (step, values) -> {
          NDArray zeros = step.zeros(values.getShape());
          NDArray mask = Ops.additiveMask(step.ones(new Shape(1000, 2), DataType.INT64));
          return Ops.disentangledAttention(zeros, zeros, values, null, null, mask, 1, 0.5);
        });
  }

  private interface OnValues {
    NDArray apply(NDManager step, NDArray values);
  }

  /**
   * In each of 1,000 rows two tokens attend evenly to values 1 and 3. A probability of one half is
   * dropped or doubled: a result is 0, 1, 3 or 4, the four of them equally often.
   */
  private static void assertDropsHalf(OnValues attention) {
    int[] seen = new int[5];
    try (Scope step = Scope.inference(manager)) {
      float[] pairs = new float[2000];
      for (int i = 0; i < pairs.length; i++) {
        pairs[i] = i % 2 == 0 ? 1 : 3;
      }
      NDArray values = step.manager().create(pairs, new Shape(1000, 2, 1));
      for (float value : attention.apply(step.manager(), values).toFloatArray()) {
        assertThat(value).isIn(0f, 1f, 3f, 4f);
        seen[(int) value]++;
      }
    }
    for (int value : new int[] {0, 1, 3, 4}) {
      assertThat(seen[value]).isBetween(400, 600); // 5 standard deviations of 19.4
    }
  }
}
