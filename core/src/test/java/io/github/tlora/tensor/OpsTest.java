package io.github.tlora.tensor;

import static io.github.tlora.tensor.OpCheck.constant;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Linear layers, adapters, norms, embeddings, heads and losses against plain DJL operations: values
 * and gradients.
 */
class OpsTest {
  /** A dropout that is on and drops nothing: one draw in 10^12. */
  private static final double ALMOST_NONE = 1e-12;

  private static NDManager manager;

  @BeforeAll
  static void start_engine() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close_manager() {
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

  private static NDArray layerNorm(NDManager step, NDArray x, NDArray gain, NDArray bias) {
    NDArray centred = x.sub(x.mean(new int[] {-1}, true));
    NDArray variance = centred.mul(centred).mean(new int[] {-1}, true);
    NDArray deviation = variance.add(constant(step, 1e-3)).sqrt();
    return centred.div(deviation).mul(gain).add(bias);
  }

  @Test
  void linear_adds_its_bias() {
    leaves(of(2, 3, 4), of(5, 4), of(5))
        .agree(
            (step, in) -> Ops.linear(in[0], in[1], in[2]),
            (step, in) -> linear(in[0], in[1]).add(in[2]));
  }

  @Test
  void linear_works_without_a_bias() {
    leaves(of(2, 3, 4), of(5, 4))
        .agree((step, in) -> Ops.linear(in[0], in[1], null), (step, in) -> linear(in[0], in[1]));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, ALMOST_NONE})
  void lora_adds_its_scaled_branch(double dropout) {
    leaves(of(2, 3, 4), of(2, 3, 5), of(2, 4), of(5, 2))
        .agree(
            (step, in) -> Ops.lora(in[0], in[1], in[2], in[3], 1.75, dropout),
            (step, in) -> in[1].add(linear(linear(in[0], in[2]), in[3]).mul(constant(step, 1.75))));
  }

  @Test
  void the_merged_lora_weight_is_base_plus_branch() {
    leaves(of(5, 4), of(2, 4), of(5, 2))
        .agree(
            (step, in) -> Ops.loraWeight(in[0], in[1], in[2], 1.75),
            (step, in) -> in[0].add(in[2].matMul(in[1]).mul(constant(step, 1.75))));
  }

  @Test
  void the_merged_lora_weight_gives_the_branch_s_output() {
    leaves(of(2, 3, 4), of(5, 4), of(2, 4), of(5, 2))
        .agree(
            (step, in) -> Ops.lora(in[0], Ops.linear(in[0], in[1], null), in[2], in[3], 1.75, 0),
            (step, in) -> Ops.linear(in[0], Ops.loraWeight(in[1], in[2], in[3], 1.75), null));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, ALMOST_NONE})
  void tlora_adds_its_branch_times_alpha(double dropout) {
    leaves(of(2, 3, 4), of(2, 3, 5), of(4, 2), of(2, 2), of(2, 5), of(1))
        .agree(
            (step, in) -> Ops.tlora(in[0], in[1], in[2], in[3], in[4], in[5], dropout),
            (step, in) -> in[1].add(in[0].matMul(in[2]).matMul(in[3]).matMul(in[4]).mul(in[5])));
  }

  /** TLoRA's weight, through the factors of the LoRA that it equals. */
  private static NDArray tloraWeight(NDArray w0, NDArray a, NDArray b, NDArray c, NDArray alpha) {
    return Ops.loraWeight(w0, a.transpose(), Ops.tloraUp(b, c, alpha), 1);
  }

  @Test
  void the_merged_tlora_weight_is_base_plus_the_transposed_branch() {
    leaves(of(5, 4), of(4, 2), of(2, 2), of(2, 5), of(1))
        .agree(
            (step, in) -> tloraWeight(in[0], in[1], in[2], in[3], in[4]),
            (step, in) -> in[0].add(in[1].matMul(in[2]).matMul(in[3]).transpose().mul(in[4])));
  }

  @Test
  void the_merged_tlora_weight_gives_the_branch_s_output() {
    leaves(of(2, 3, 4), of(5, 4), of(4, 2), of(2, 2), of(2, 5), of(1))
        .agree(
            (step, in) ->
                Ops.tlora(in[0], Ops.linear(in[0], in[1], null), in[2], in[3], in[4], in[5], 0),
            (step, in) -> Ops.linear(in[0], tloraWeight(in[1], in[2], in[3], in[4], in[5]), null));
  }

  @Test
  void embedding_picks_rows_and_adds_up_their_gradients() {
    long[] ids = {0, 3, 3, 1, 0, 3};
    leaves(of(5, 4))
        .agree(
            (step, in) -> Ops.embedding(in[0], step.create(ids, new Shape(2, 3))),
            (step, in) ->
                step.create(ids, new Shape(6))
                    .oneHot(5, DataType.FLOAT32)
                    .matMul(in[0])
                    .reshape(2, 3, 4));
  }

  @Test
  void rows_of_a_table_are_an_array_of_the_step() {
    leaves(of(5, 4))
        .agree(
            (step, in) -> {
              NDArray rows = Ops.rows(constant(step, 0), in[0], 1, 3);
              assertThat(rows.getManager()).isSameAs(step);
              return rows;
            },
            (step, in) -> in[0].get("1:4"));
  }

  @Test
  void first_positions_are_a_slice_of_each_row() {
    leaves(of(3, 5, 4))
        .agree((step, in) -> Ops.firstPositions(in[0], 2), (step, in) -> in[0].get(":, :2"));
  }

  @Test
  void middle_rows_are_a_slice() {
    leaves(of(5, 4))
        .agree((step, in) -> Ops.middleRows(in[0], 1, 3), (step, in) -> in[0].get("1:4"));
  }

  @Test
  void positions_count_from_0() {
    try (Scope step = Scope.inference(manager)) {
      NDArray positions = Ops.positions(step.manager().zeros(new Shape(3, 4), DataType.INT64));
      assertThat(positions.getShape()).isEqualTo(new Shape(1, 4));
      assertThat(positions.toLongArray()).containsExactly(0, 1, 2, 3);
    }
  }

  @Test
  void positions_after_padding_count_real_tokens_only() {
    try (Scope step = Scope.inference(manager)) {
      long[] ids = {0, 7, 9, 2, 0, 2, 1, 1, 1, 7, 1, 2};
      NDArray positions = Ops.positionsAfterPadding(step.manager().create(ids, new Shape(3, 4)), 1);
      assertThat(positions.getShape()).isEqualTo(new Shape(3, 4));
      assertThat(positions.toLongArray()).containsExactly(2, 3, 4, 5, 2, 3, 1, 1, 1, 2, 1, 3);
    }
  }

  @Test
  void layer_norm_normalises_the_last_dimension() {
    leaves(of(2, 3, 4), of(4), of(4))
        .agree(
            (step, in) -> Ops.layerNorm(in[0], in[1], in[2], 1e-3),
            (step, in) -> layerNorm(step, in[0], in[1], in[2]));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, ALMOST_NONE})
  void residual_norm_normalises_the_sum(double dropout) {
    float[] gain = {0.5f, -1, 2, 1.5f};
    float[] bias = {1, 0, -1, 0.5f};
    leaves(of(2, 3, 4), of(2, 3, 4))
        .agree(
            (step, in) -> {
              NDArray g = step.create(gain);
              return Ops.frozenResidualNorm(in[0], in[1], g, step.create(bias), 1e-3, dropout);
            },
            (step, in) -> layerNorm(step, in[0].add(in[1]), step.create(gain), step.create(bias)));
  }

  @Test
  void gelu_is_exact() {
    leaves(of(3, 7))
        .agree(
            (step, in) -> Ops.gelu(in[0], false),
            (step, in) ->
                in[0]
                    .div(constant(step, Math.sqrt(2)))
                    .erf()
                    .add(constant(step, 1))
                    .mul(in[0])
                    .div(constant(step, 2)));
  }

  @Test
  void gelu_by_tanh_is_the_approximation() {
    leaves(of(3, 7))
        .agree(
            (step, in) -> Ops.gelu(in[0], true),
            (step, in) -> {
              NDArray cube = in[0].mul(in[0]).mul(in[0]);
              NDArray inner =
                  in[0]
                      .add(cube.mul(constant(step, 0.044715)))
                      .mul(constant(step, Math.sqrt(2 / Math.PI)));
              return inner.tanh().add(constant(step, 1)).mul(in[0]).div(constant(step, 2));
            });
  }

  @Test
  void the_two_gelus_differ() {
    try (Scope step = Scope.inference(manager)) {
      NDArray x = step.manager().create(new float[] {-2, -1, 1, 2});
      assertThat(Ops.maxAbsDifference(Ops.gelu(x, false), Ops.gelu(x, true))).isBetween(1e-4, 1e-3);
    }
  }

  @Test
  void tanh_is_tanh() {
    leaves(of(3, 7)).agree((step, in) -> Ops.tanh(in[0]), (step, in) -> in[0].tanh());
  }

  @Test
  void relu_is_what_is_above_0() {
    leaves(of(3, 7))
        .agree(
            (step, in) -> Ops.relu(in[0]),
            (step, in) -> in[0].add(in[0].abs()).div(constant(step, 2)));
  }

  @Test
  void silu_is_x_times_its_sigmoid() {
    leaves(of(3, 7))
        .agree(
            (step, in) -> Ops.silu(in[0]),
            (step, in) -> in[0].div(in[0].mul(constant(step, -1)).exp().add(constant(step, 1))));
  }

  @Test
  void masked_sets_padding_to_0() {
    long[] mask = {1, 1, 0, 1, 0, 0};
    leaves(of(2, 3, 4))
        .agree(
            (step, in) -> Ops.masked(in[0], step.create(mask, new Shape(2, 3))),
            (step, in) ->
                in[0].mul(step.create(new float[] {1, 1, 0, 1, 0, 0}, new Shape(2, 3, 1))));
  }

  @Test
  void first_token_is_position_0() {
    leaves(of(2, 3, 4))
        .agree((step, in) -> Ops.firstToken(in[0]), (step, in) -> in[0].get(":, 0, :"));
  }

  @Test
  void mean_pool_leaves_padding_out() {
    long[] mask = {1, 1, 0, 1, 0, 0};
    leaves(of(2, 3, 4))
        .agree(
            (step, in) -> Ops.meanPool(in[0], step.create(mask, new Shape(2, 3))),
            (step, in) -> {
              NDArray weights =
                  step.create(new float[] {0.5f, 0.5f, 0, 1, 0, 0}, new Shape(2, 3, 1));
              return in[0].mul(weights).sum(new int[] {1});
            });
  }

  @Test
  void mean_pool_of_nothing_is_0() {
    try (Scope step = Scope.inference(manager)) {
      NDArray states = step.manager().ones(new Shape(1, 2, 3));
      NDArray mask = step.manager().zeros(new Shape(1, 2), DataType.INT64);
      assertThat(Ops.meanPool(states, mask).toFloatArray()).containsExactly(0, 0, 0);
    }
  }

  @Test
  void cross_entropy_is_the_scaled_mean_of_the_true_class() {
    long[] labels = {2, 0, 1, 2};
    leaves(of(4, 3))
        .agree(
            (step, in) -> Ops.crossEntropy(in[0], step.create(labels), 0.25),
            (step, in) ->
                in[0]
                    .logSoftmax(-1)
                    .mul(step.create(labels).oneHot(3, DataType.FLOAT32))
                    .sum()
                    .mul(constant(step, -0.25 / 4)));
  }

  /** As torch documents CrossEntropyLoss(weight, label_smoothing), written out. */
  private static NDArray smoothed(
      NDManager step, NDArray logits, long[] labels, float[] weights, double smoothing) {
    NDArray weighted = logits.logSoftmax(-1).mul(step.create(weights)); // w_c log p_ic
    NDArray chosen = weighted.mul(step.create(labels).oneHot(weights.length, DataType.FLOAT32));
    double all = Arrays.stream(labels).mapToDouble(label -> weights[(int) label]).sum();
    return chosen
        .sum()
        .mul(constant(step, -(1 - smoothing) / all))
        .add(weighted.sum().mul(constant(step, -smoothing / weights.length / all)));
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0, 3", "0.3, 1", "0.3, 3", "1, 3"})
  void cross_entropy_takes_class_weights_and_smoothed_labels(double smoothing, float third) {
    long[] labels = {2, 0, 1, 2};
    float[] weights = third == 1 ? new float[] {1, 1, 1} : new float[] {0.5f, 1.25f, third};
    leaves(of(4, 3))
        .agree(
            (step, in) ->
                Ops.crossEntropy(
                    in[0],
                    step.create(labels),
                    third == 1 ? null : step.create(weights),
                    smoothing,
                    0.25),
            (step, in) ->
                smoothed(step, in[0], labels, weights, smoothing).mul(constant(step, 0.25)));
  }

  @Test
  void mean_squared_error_is_the_scaled_mean_of_squares() {
    float[] labels = {0.5f, -1, 3, 2};
    leaves(of(4, 1))
        .agree(
            (step, in) -> Ops.meanSquaredError(in[0], step.create(labels), 0.25),
            (step, in) -> {
              NDArray difference = in[0].reshape(4).sub(step.create(labels));
              return difference.mul(difference).sum().mul(constant(step, 0.25 / 4));
            });
  }

  @Test
  void the_largest_difference_is_absolute() {
    try (Scope step = Scope.inference(manager)) {
      NDArray a = step.manager().create(new float[] {1, 2, -3});
      NDArray b = step.manager().create(new float[] {1.5f, 2, -0.5f});
      assertThat(Ops.maxAbsDifference(a, b)).isEqualTo(2.5);
      assertThat(Ops.maxAbsDifference(b, a)).isEqualTo(2.5);
      assertThat(Ops.maxAbsDifference(a, a)).isEqualTo(0);
    }
  }

  @Test
  void a_difference_with_a_nan_is_nan() {
    try (Scope step = Scope.inference(manager)) {
      NDArray a = step.manager().create(new float[] {1, 2, 3});
      NDArray b = step.manager().create(new float[] {9, Float.NaN, 3});
      assertThat(Ops.maxAbsDifference(a, b)).isNaN();
      assertThat(Ops.maxAbsDifference(b, a)).isNaN();
      assertThat(Ops.maxAbsDifference(b, b)).isNaN();
    }
  }
}
