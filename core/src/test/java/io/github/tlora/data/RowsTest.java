package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.tlora.nn.Input;
import io.github.tlora.tensor.Torch;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Batches as the model takes them. */
class RowsTest {
  private static Tokenizer.Tokens tokens(long[] ids, long... types) {
    return new Tokenizer.Tokens(ids, types);
  }

  private static final Rows ROWS =
      new Rows(
          List.of(
              tokens(new long[] {0, 5, 2}, 0, 0, 0),
              tokens(new long[] {0, 6, 7, 8, 2}, 0, 0, 1, 1, 1),
              tokens(new long[] {0, 2}, 0, 0)),
          new int[] {1, 0, -1},
          1);

  @Test
  void rows_know_their_lengths() {
    assertThat(ROWS.size()).isEqualTo(3);
    assertThat(ROWS.lengths()).containsExactly(3, 5, 2);
    assertThat(ROWS.tokenCount(new int[] {0, 1, 2})).isEqualTo(10);
    assertThat(ROWS.tokenCount(new int[] {2})).isEqualTo(2);
  }

  @Test
  void a_batch_is_padded_to_its_longest_row_with_the_model_s_own_id() {
    try (NDManager manager = Torch.newManager("cpu")) {
      Input input = ROWS.input(new int[] {2, 1, 0}, manager);
      assertThat(input.ids().getShape()).isEqualTo(new Shape(3, 5));
      assertThat(input.ids().getDataType()).isEqualTo(DataType.INT64);
      assertThat(input.ids().toLongArray())
          .containsExactly(0, 2, 1, 1, 1, 0, 6, 7, 8, 2, 0, 5, 2, 1, 1);
      assertThat(input.mask().toLongArray())
          .containsExactly(1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0);
      assertThat(input.typeIds().toLongArray())
          .containsExactly(0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0);
      assertThat(ROWS.labels(new int[] {2, 1, 0}, manager).toLongArray()).containsExactly(-1, 0, 1);
    }
  }

  @Test
  void numbers_are_float32_in_the_order_of_the_batch() {
    Rows rows =
        new Rows(ROWS.tokens(), new int[] {-1, -1, -1}, new float[] {0.5f, 4.75f, Float.NaN}, 1);
    try (NDManager manager = Torch.newManager("cpu")) {
      NDArray values = rows.values(new int[] {1, 0}, manager);
      assertThat(values.getShape()).isEqualTo(new Shape(2));
      assertThat(values.toFloatArray()).containsExactly(4.75f, 0.5f); // throws unless float32
    }
    assertThat(ROWS.values()).containsOnly(Float.NaN).hasSize(3);
  }

  @Test
  void the_mask_goes_by_length_not_by_id() {
    // A real token may have the padding id's number: the text "<pad>" does.
    Rows rows = new Rows(List.of(tokens(new long[] {0, 1, 2}, 0, 0, 0)), new int[] {0}, 1);
    try (NDManager manager = Torch.newManager("cpu")) {
      assertThat(rows.input(new int[] {0}, manager).mask().toLongArray()).containsExactly(1, 1, 1);
    }
  }

  @Test
  void a_batch_of_short_rows_is_short() {
    try (NDManager manager = Torch.newManager("cpu")) {
      Input input = ROWS.input(new int[] {0, 2}, manager);
      assertThat(input.ids().getShape()).isEqualTo(new Shape(2, 3));
      assertThat(input.mask().getShape()).isEqualTo(new Shape(2, 3));
      assertThat(input.typeIds().getShape()).isEqualTo(new Shape(2, 3));
    }
  }
}
