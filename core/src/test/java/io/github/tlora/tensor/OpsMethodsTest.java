package io.github.tlora.tensor;

import static io.github.tlora.tensor.OpCheck.constant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operations of the fine-tuning methods against plain arithmetic. */
class OpsMethodsTest {
  /** So small a share that nothing is dropped, so that the branch with dropout can be compared. */
  private static final double ALMOST_NONE = 1e-12;

  private static NDManager manager;

  @BeforeAll
  static void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close() {
    manager.close();
  }

  private static OpCheck leaves(long[]... shapes) {
    return new OpCheck(manager).leaves(shapes);
  }

  private static long[] of(long... shape) {
    return shape;
  }

  private static NDArray linear(NDArray x, NDArray w) {
    return x.matMul(w.transpose());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, ALMOST_NONE})
  void lora_xs_adds_its_scaled_branch(double dropout) {
    leaves(of(2, 3, 4), of(2, 3, 5), of(2, 4), of(2, 2), of(5, 2))
        .agree(
            (step, in) -> Ops.loraXs(in[0], in[1], in[2], in[3], in[4], 1.75, dropout),
            (step, in) ->
                in[1].add(
                    linear(linear(linear(in[0], in[2]), in[3]), in[4]).mul(constant(step, 1.75))));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, ALMOST_NONE})
  void vera_uses_the_first_rows_and_columns_of_what_is_shared(double dropout) {
    leaves(of(2, 3, 4), of(2, 3, 5), of(2, 6), of(7, 2), of(2), of(5))
        .agree(
            (step, in) -> Ops.vera(in[0], in[1], in[2], in[3], in[4], in[5], dropout),
            (step, in) -> {
              NDArray narrow = linear(in[0], in[2].get(":, :4")).mul(in[4]);
              return in[1].add(linear(narrow, in[3].get(":5")).mul(in[5]));
            });
  }

  @Test
  void veras_factors_give_its_branch() {
    leaves(of(2, 3, 4), of(2, 3, 5), of(2, 6), of(7, 2), of(2), of(5))
        .agree(
            (step, in) -> Ops.vera(in[0], in[1], in[2], in[3], in[4], in[5], 0),
            (step, in) -> {
              NDArray down = Ops.firstColumns(in[2], 4);
              return in[1].add(linear(linear(in[0], down), Ops.veraUp(in[3], in[4], in[5])));
            });
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, ALMOST_NONE})
  void dora_brings_rows_to_their_lengths_which_count_as_constants(double dropout) {
    leaves(of(2, 3, 4), of(5, 4), of(5), of(2, 4), of(5, 2), of(5))
        .agree(
            (step, in) -> {
              NDArray y = Ops.linear(in[0], in[1], in[2]);
              return Ops.dora(in[0], y, in[1], in[2], in[3], in[4], in[5], 1.75, dropout);
            },
            (step, in) -> linear(in[0], doraWeight(step, in)).add(in[2]));
  }

  @Test
  void dora_works_without_a_bias() {
    leaves(of(2, 3, 4), of(5, 4), of(5), of(2, 4), of(5, 2), of(5))
        .agree(
            (step, in) -> {
              NDArray y = Ops.linear(in[0], in[1], null);
              NDArray z = Ops.dora(in[0], y, in[1], null, in[3], in[4], in[5], 1.75, 0);
              return z.add(in[2]);
            },
            (step, in) -> linear(in[0], doraWeight(step, in)).add(in[2]));
  }

  /** m (W + s B A) / |W + s B A|, the length by row and without gradient. */
  private static NDArray doraWeight(NDManager step, NDArray[] in) {
    NDArray sum = in[1].add(in[4].matMul(in[3]).mul(constant(step, 1.75)));
    NDArray lengths = sum.mul(sum).sum(new int[] {1}, true).sqrt().stopGradient();
    return sum.mul(in[5].reshape(5, 1).div(lengths));
  }

  @Test
  void row_norms_are_the_lengths_of_rows() {
    try (NDManager own = manager.newSubManager()) {
      NDArray w = own.create(new float[] {3, 4, 0, -5}, new Shape(2, 2));
      assertThat(Ops.rowNorms(w).toFloatArray()).containsExactly(5, 5);
      NDArray zero = own.zeros(new Shape(1, 2));
      assertThat(Ops.doraNorms(w, zero, own.zeros(new Shape(2, 1)), 1).getShape())
          .isEqualTo(new Shape(2, 1));
    }
  }

  @Test
  void the_largest_singular_values_give_the_nearest_matrix_of_their_rank() {
    try (NDManager own = manager.newSubManager()) {
      NDArray w = own.create(new SplitMix64(4).normal(42, 1), new Shape(6, 7));
      NDArray[] all = Ops.topSingular(w, 6);
      assertThat(Ops.maxAbsDifference(all[1].matMul(all[0]), w)).isLessThan(1e-5);
      NDArray[] two = Ops.topSingular(w, 2);
      assertThat(two[0].getShape()).isEqualTo(new Shape(2, 7));
      assertThat(two[1].getShape()).isEqualTo(new Shape(6, 2));
      assertThat(Ops.maxAbsDifference(two[1].transpose().matMul(two[1]), own.eye(2)))
          .isLessThan(1e-5);
      // What is left has the length of the other singular values.
      double left = length(w.sub(two[1].matMul(two[0])));
      double others = length(all[0].get("2:"));
      assertThat(left).isCloseTo(others, within(1e-5));
      for (NDArray column : new NDArray[] {two[1].get(":, 0"), two[1].get(":, 1")}) {
        float[] values = column.toFloatArray();
        float largest = 0;
        for (float value : values) {
          largest = Math.abs(value) > Math.abs(largest) ? value : largest;
        }
        assertThat(largest).isPositive();
      }
    }
  }

  private static double length(NDArray x) {
    return Math.sqrt(x.mul(x).sum().getFloat());
  }

  @Test
  void vectors_go_in_after_the_first_position() {
    leaves(of(2, 3, 4), of(2, 4))
        .agree(
            (step, in) -> Ops.insertAfterFirst(in[0], in[1]),
            (step, in) -> {
              NDArray rows = in[1].expandDims(0).broadcast(2, 2, 4);
              return in[0].get(":, :1").concat(rows, 1).concat(in[0].get(":, 1:"), 1);
            });
  }

  @Test
  void vectors_take_the_place_of_what_stands_at_their_positions() {
    leaves(of(2, 5, 4), of(2, 4))
        .agree(
            (step, in) -> Ops.replaceAfterFirst(in[0], in[1]),
            (step, in) -> {
              NDArray rows = in[1].expandDims(0).broadcast(2, 2, 4);
              return in[0].get(":, :1").concat(rows, 1).concat(in[0].get(":, 3:"), 1);
            });
  }

  @Test
  void what_was_inserted_is_removed() {
    leaves(of(2, 3, 4))
        .agree(
            (step, in) ->
                Ops.removeAfterFirst(Ops.insertAfterFirst(in[0], step.zeros(new Shape(2, 4))), 2),
            (step, in) -> in[0].add(constant(step, 0)));
  }

  @Test
  void a_mask_attends_to_what_was_inserted() {
    try (NDManager own = manager.newSubManager()) {
      NDArray mask = own.create(new long[] {1, 1, 0, 1, 0, 0}, new Shape(2, 3));
      assertThat(Ops.extendMask(mask, 2).toLongArray())
          .containsExactly(1, 1, 1, 1, 0, 1, 1, 1, 0, 0);
    }
  }

  @Test
  void values_are_copied_in_place() {
    try (NDManager own = manager.newSubManager()) {
      NDArray target = own.zeros(new Shape(2));
      NDArray view = target.get("1:");
      Ops.copyInto(target, own.create(new float[] {3, 4}));
      assertThat(target.toFloatArray()).containsExactly(3, 4);
      assertThat(view.toFloatArray()).containsExactly(4);
    }
  }
}
