package io.github.tlora.tensor;

import static io.github.tlora.tensor.OpCheck.constant;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Masks, attention and DeBERTa's parts against plain DJL operations: values and gradients. */
class OpsAttentionTest {
  /** A dropout that is on and drops nothing: one draw in 10^12. */
  private static final double ALMOST_NONE = 1e-12;

  private static final int ROWS = 2;
  private static final int TOKENS = 5;
  private static final int HEADS = 2;
  private static final int WIDTH = 6;
  private static final int KEYS = 16; // TOKENS rounded up
  private static final int DISTANCES = 2 * KEYS - 1;
  private static final long[] MASK = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0};

  private static NDManager manager;

  @BeforeAll
  static void start_engine() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close_manager() {
    manager.close();
  }

  /** Queries, keys and values. */
  private static OpCheck attentionLeaves() {
    long[] shape = {ROWS, TOKENS, WIDTH};
    return new OpCheck(manager).leaf(shape).leaf(shape).leaf(shape);
  }

  private static NDArray mask(NDManager step) {
    return Ops.additiveMask(step.create(MASK, new Shape(ROWS, TOKENS)));
  }

  /** -10^9 instead of the lowest float: after the softmax both are 0. */
  private static NDArray referenceMask(NDManager step) {
    float[] values = new float[MASK.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = MASK[i] == 1 ? 0 : -1e9f;
    }
    return step.create(values, new Shape(ROWS, 1, 1, TOKENS));
  }

  /** (B, T, D) to (B, H, T, D/H). */
  private static NDArray heads(NDArray x) {
    return x.reshape(ROWS, TOKENS, HEADS, WIDTH / HEADS).transpose(0, 2, 1, 3);
  }

  private static NDArray together(NDArray context) {
    return context.transpose(0, 2, 1, 3).reshape(ROWS, TOKENS, WIDTH);
  }

  private static NDArray products(NDArray q, NDArray k) {
    return heads(q).matMul(heads(k).transpose(0, 1, 3, 2));
  }

  @Test
  void the_additive_mask_is_0_or_the_lowest_float() {
    try (Scope step = Scope.inference(manager)) {
      long[] mask = {1, 1, 0, 1, 0, 0};
      NDArray additive = Ops.additiveMask(step.manager().create(mask, new Shape(2, 3)));
      assertThat(additive.getShape()).isEqualTo(new Shape(2, 1, 1, 16));
      float lowest = -Float.MAX_VALUE;
      float[] expected = new float[32];
      Arrays.fill(expected, lowest);
      for (int real : new int[] {0, 1, 16}) {
        expected[real] = 0;
      }
      float[] values = additive.add(step.manager().create(0f)).toFloatArray(); // -0 becomes 0
      assertThat(values).containsExactly(expected);
    }
  }

  @Test
  void keys_fill_whole_vectors() {
    try (Scope step = Scope.inference(manager)) {
      for (int tokens : new int[] {1, 15, 16, 17, 128}) {
        long[] mask = new long[tokens];
        NDArray additive = Ops.additiveMask(step.manager().create(mask, new Shape(1, tokens)));
        assertThat(additive.getShape().get(3)).isEqualTo((tokens + 15L) / 16 * 16);
      }
    }
  }

  @ParameterizedTest(name = "dropout {0}, {1} queries")
  @CsvSource({"0, 5", ALMOST_NONE + ", 5", "0, 1", ALMOST_NONE + ", 1"})
  void attention_is_softmax_of_scaled_products_times_values(double dropout, long queries) {
    attentionLeaves()
        .agree(
            (step, in) ->
                Ops.attention(
                    Ops.firstPositions(in[0], queries), in[1], in[2], mask(step), HEADS, dropout),
            (step, in) -> {
              NDArray all =
                  together(
                      products(in[0], in[1])
                          .div(constant(step, Math.sqrt(WIDTH / (double) HEADS)))
                          .add(referenceMask(step))
                          .softmax(-1)
                          .matMul(heads(in[2])));
              return all.get(":, :" + queries);
            });
  }

  @Test
  void attention_does_not_look_at_padding() {
    OpCheck.Outcome outcome =
        attentionLeaves()
            .run((step, in) -> Ops.attention(in[0], in[1], in[2], mask(step), HEADS, 0));
    int padding = (TOKENS + 3) * WIDTH; // the second row's last two tokens
    for (int leaf : new int[] {1, 2}) {
      float[] gradient = outcome.gradients().get(leaf);
      assertThat(Arrays.copyOfRange(gradient, padding, gradient.length)).containsOnly(0);
    }
  }

  @ParameterizedTest(name = "{0} tokens, {1} buckets, {2} positions")
  @CsvSource({"512, 256, 512", "600, 256, 512", "40, 8, 32", "7, 4, 6", "1, 8, 32"})
  void distant_relative_positions_share_logarithmic_buckets(int size, int buckets, int longest) {
    long[] expected = new long[2 * size - 1];
    Arrays.setAll(expected, i -> bucket(i - (size - 1), buckets, longest));
    assertThat(distances(size, buckets, longest)).isEqualTo(expected);
  }

  /** {@code make_log_bucket_position} of transformers' modeling_deberta_v2.py. */
  private static long bucket(int relative, int buckets, int longest) {
    int mid = buckets / 2;
    int distance = relative < mid && relative > -mid ? mid - 1 : Math.abs(relative);
    if (distance <= mid) {
      return relative;
    }
    double log = Math.log(distance / (double) mid) / Math.log((longest - 1) / (double) mid);
    return Integer.signum(relative) * ((long) Math.ceil(log * (mid - 1)) + mid);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0, 512", "8, 0"})
  void without_buckets_relative_positions_are_differences(int buckets, int longest) {
    assertThat(distances(3, buckets, longest)).containsExactly(-2, -1, 0, 1, 2);
  }

  private static long[] distances(int size, int buckets, int longest) {
    try (Scope step = Scope.inference(manager)) {
      NDArray like = step.manager().create(0L);
      return Ops.relativeDistances(like, size, buckets, longest).toLongArray();
    }
  }

  @Test
  void distances_beyond_the_table_take_its_outermost_rows() {
    int[] rows = {0, 0, 1, 2, 3, 4, 4}; // of distances -3 .. 3 in a table of -2 .. 2
    new OpCheck(manager)
        .leaf(5, WIDTH)
        .agree(
            (step, in) ->
                Ops.rowsByDistance(in[0], Ops.relativeDistances(constant(step, 0), 4, 0, 0), 2),
            (step, in) -> {
              float[] chosen = new float[rows.length * 5];
              for (int i = 0; i < rows.length; i++) {
                chosen[i * 5 + rows[i]] = 1;
              }
              return step.create(chosen, new Shape(rows.length, 5)).matMul(in[0]);
            });
  }

  @ParameterizedTest(name = "c2p {0}, p2c {1}, dropout {2}, {3} queries")
  @CsvSource({
    "false, false, 0, 5",
    "true, false, 0, 5",
    "false, true, 0, 5",
    "true, true, 0, 5",
    "true, true, 1e-12, 5",
    "true, true, 0, 1",
    "true, true, 1e-12, 1",
    "true, true, 0, 3"
  })
  void disentangled_attention_adds_its_terms(
      boolean c2p, boolean p2c, double dropout, long queries) {
    OpCheck check = attentionLeaves();
    if (c2p) {
      check.leaf(DISTANCES, WIDTH);
    }
    if (p2c) {
      check.leaf(DISTANCES, WIDTH);
    }
    check.agree(
        (step, in) ->
            Ops.disentangledAttention(
                Ops.firstPositions(in[0], queries),
                in[1],
                in[2],
                c2p ? in[3] : null,
                p2c ? in[in.length - 1] : null,
                mask(step),
                HEADS,
                dropout),
        (step, in) -> {
          NDArray scores = products(in[0], in[1]);
          if (c2p) {
            scores = scores.add(byPosition(step, in[0], in[3], 1));
          }
          if (p2c) {
            NDArray byKey = byPosition(step, in[1], in[in.length - 1], -1);
            scores = scores.add(byKey.transpose(0, 1, 3, 2));
          }
          int terms = 1 + (c2p ? 1 : 0) + (p2c ? 1 : 0);
          double scale = Math.sqrt(terms * WIDTH / (double) HEADS);
          NDArray all =
              together(
                  scores
                      .div(constant(step, scale))
                      .add(referenceMask(step))
                      .softmax(-1)
                      .matMul(heads(in[2])));
          return all.get(":, :" + queries);
        });
  }

  /** Products of tokens i with the embedding of sign * (i - j): (B, H, T, T). */
  private static NDArray byPosition(NDManager step, NDArray x, NDArray positions, int sign) {
    int count = DISTANCES;
    NDArray byHead = positions.reshape(count, HEADS, WIDTH / HEADS).transpose(1, 2, 0);
    float[] chosen = new float[TOKENS * TOKENS * count];
    for (int i = 0; i < TOKENS; i++) {
      for (int j = 0; j < TOKENS; j++) {
        int at = sign * (i - j) + KEYS - 1;
        chosen[(i * TOKENS + j) * count + at] = 1;
      }
    }
    NDArray selection = step.create(chosen, new Shape(TOKENS, TOKENS, count));
    return heads(x).matMul(byHead).expandDims(3).mul(selection).sum(new int[] {-1});
  }

  @Test
  void split_qkv_takes_rows_that_alternate_by_head() {
    int depth = WIDTH / HEADS;
    new OpCheck(manager)
        .leaf(ROWS, TOKENS, 3 * WIDTH)
        .leaf(WIDTH)
        .leaf(WIDTH)
        .agree(
            (step, in) -> {
              NDArray[] parts = Ops.splitQkv(in[0], HEADS, in[1], in[2]);
              return NDArrays.concat(new NDList(parts), -1);
            },
            (step, in) -> {
              NDArray[] parts = new NDArray[3];
              for (int part = 0; part < 3; part++) {
                // Column head * 3 * depth + part * depth + k of the projection, for each head, k.
                float[] selection = new float[3 * WIDTH * WIDTH];
                for (int column = 0; column < WIDTH; column++) {
                  int head = column / depth;
                  int row = head * 3 * depth + part * depth + column % depth;
                  selection[row * WIDTH + column] = 1;
                }
                parts[part] = in[0].matMul(step.create(selection, new Shape(3 * WIDTH, WIDTH)));
              }
              NDArray q = parts[0].add(in[1]);
              NDArray v = parts[2].add(in[2]);
              return NDArrays.concat(new NDList(q, parts[1], v), -1);
            });
  }

  @ParameterizedTest(name = "kernel {0}, {1} groups")
  @CsvSource({"3, 1", "3, 2", "5, 2"})
  void convolution_runs_along_the_tokens(int kernel, int groups) {
    int padding = (kernel - 1) / 2;
    int slice = WIDTH / groups;
    new OpCheck(manager)
        .leaf(ROWS, TOKENS, WIDTH)
        .leaf(WIDTH, slice, kernel)
        .leaf(WIDTH)
        .agree(
            (step, in) -> Ops.convolution(in[0], in[1], in[2], padding, groups),
            (step, in) -> {
              NDArray zeros = step.zeros(new Shape(ROWS, padding, WIDTH));
              NDArray padded = NDArrays.concat(new NDList(zeros, in[0], zeros), 1);
              NDList parts = new NDList();
              for (int group = 0; group < groups; group++) {
                String columns = group * slice + ":" + (group + 1) * slice;
                NDArray sum = step.zeros(new Shape(ROWS, TOKENS, slice));
                for (int at = 0; at < kernel; at++) {
                  NDArray x = padded.get(":, " + at + ":" + (at + TOKENS) + ", " + columns);
                  NDArray w = in[1].get(columns + ", :, " + at);
                  sum = sum.add(x.matMul(w.transpose()));
                }
                parts.add(sum);
              }
              // DJL's concat of one array is a copy without a gradient.
              NDArray all = groups == 1 ? parts.get(0) : NDArrays.concat(parts, -1);
              return all.add(in[2]);
            });
  }
}
