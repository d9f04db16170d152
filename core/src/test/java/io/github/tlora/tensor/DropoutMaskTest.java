package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Masks are what independent draws of the asked share would be, and can be drawn again. */
class DropoutMaskTest {
  private static final int SIZE = 1 << 20;

  private static NDManager manager;

  @BeforeAll
  static void start_engine() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close_manager() {
    manager.close();
  }

  private static float[] draw(int size, double p) {
    try (NDArray mask = DropoutMask.next(new Shape(size), p).draw(manager).get(0)) {
      return mask.toFloatArray();
    }
  }

  /** 1 where the element is kept. */
  private static int[] kept(double p) {
    float[] mask = draw(SIZE, p);
    int[] kept = new int[SIZE];
    for (int i = 0; i < SIZE; i++) {
      kept[i] = mask[i] == 0 ? 0 : 1;
    }
    return kept;
  }

  private static double mean(int[] values) {
    long sum = 0;
    for (int value : values) {
      sum += value;
    }
    return sum / (double) values.length;
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-3, 0.1, 0.25, 0.5, 0.9})
  void the_asked_share_is_dropped_and_the_rest_is_scaled(double p) {
    DropoutMask.seed(1);
    float kept = (float) (1 / (1 - p));
    int dropped = 0;
    for (float value : draw(SIZE, p)) {
      assertThat(value == 0 || value == kept).as("%s is 0 or %s", value, kept).isTrue();
      dropped += value == 0 ? 1 : 0;
    }
    double deviation = Math.sqrt(p * (1 - p) / SIZE);
    assertThat(dropped / (double) SIZE).isCloseTo(p, within(5 * deviation));
  }

  @Test
  void masks_end_anywhere_in_a_block() {
    for (int size : new int[] {1, 4095, 4096, 4097, 10_000}) {
      DropoutMask.seed(2);
      float[] whole = draw(SIZE, 0.5);
      DropoutMask.seed(2);
      float[] part = draw(size, 0.5);
      assertThat(part).isEqualTo(Arrays.copyOf(whole, size));
    }
  }

  @Test
  void a_seed_gives_the_same_masks_in_the_same_order() {
    DropoutMask.seed(3);
    float[] first = draw(1000, 0.3);
    float[] second = draw(1000, 0.3);
    DropoutMask.seed(3);
    assertThat(draw(1000, 0.3)).isEqualTo(first);
    assertThat(draw(1000, 0.3)).isEqualTo(second).isNotEqualTo(first);
  }

  /** Two threads with five and three of eight rows, with 2 x 3 heads inside the rows or outside. */
  @Test
  void parts_of_a_batch_draw_their_rows_of_the_whole() {
    float[][] whole = drawRows(0, 8, 8);
    float[][] first = drawRows(0, 5, 8);
    float[][] second = drawRows(5, 3, 8);
    int row = 3 * 7 * 11;
    for (int i = 0; i < 8; i++) {
      float[][] part = i < 5 ? first : second;
      int at = i < 5 ? i : i - 5;
      int rows = i < 5 ? 5 : 3;
      assertThat(Arrays.copyOfRange(part[0], at * row, (at + 1) * row))
          .isEqualTo(Arrays.copyOfRange(whole[0], i * row, (i + 1) * row));
      int one = 7 * 11;
      for (int head = 0; head < 3; head++) {
        int inPart = (head * rows + at) * one;
        int inWhole = (head * 8 + i) * one;
        assertThat(Arrays.copyOfRange(part[1], inPart, inPart + one))
            .isEqualTo(Arrays.copyOfRange(whole[1], inWhole, inWhole + one));
      }
    }
    assertThat(first[2]).isEqualTo(whole[2]);
    assertThat(second[2]).isEqualTo(whole[2]);
  }

  /** Masks with rows outermost, with heads outermost, and of a table that is no row's. */
  private static float[][] drawRows(int first, int count, int all) {
    DropoutMask.seed(9, new DropoutMask.RowRange(first, count, all));
    try (NDArray rows = DropoutMask.next(new Shape(count * 3L, 7, 11), 0.5).draw(manager).get(0);
        NDArray heads =
            DropoutMask.next(3, new Shape(3L * count, 7, 11), 0.5).draw(manager).get(0);
        NDArray table = DropoutMask.next(new Shape(31, 4), 0.5).draw(manager).get(0)) {
      return new float[][] {rows.toFloatArray(), heads.toFloatArray(), table.toFloatArray()};
    } finally {
      DropoutMask.seed(0);
    }
  }

  /** Pairs at every short distance and at those of rows and heads, within a mask. */
  @Test
  void elements_of_a_mask_are_independent() {
    DropoutMask.seed(4);
    double p = 0.1;
    int[] kept = kept(p);
    double mean = mean(kept);
    for (int distance :
        new int[] {1, 2, 3, 4, 7, 8, 13, 16, 31, 32, 64, 128, 384, 768, 1024, 4096, 65_536}) {
      double sum = 0;
      for (int i = 0; i + distance < SIZE; i++) {
        sum += (kept[i] - mean) * (kept[i + distance] - mean);
      }
      double correlation = sum / ((SIZE - distance) * mean * (1 - mean));
      assertThat(correlation).as("distance %d", distance).isCloseTo(0, within(5e-3));
    }
  }

  /** 200 masks: each against the one after it, at the same place and beside it. */
  @Test
  void masks_are_independent_of_each_other() {
    DropoutMask.seed(5);
    int[] last = kept(0.5);
    for (int draw = 0; draw < 200; draw++) {
      int[] next = kept(0.5);
      for (int shift : new int[] {0, 1, 16}) {
        int equal = 0;
        for (int i = 0; i + shift < SIZE; i++) {
          equal += next[i] == last[i + shift] ? 1 : 0;
        }
        // A deviation of the share is 0.0005.
        assertThat(equal / (double) (SIZE - shift))
            .as("draw %d", draw)
            .isCloseTo(0.5, within(3e-3));
      }
      last = next;
    }
  }

  /** Counts of kept elements in runs of 64 spread as a binomial's. */
  @Test
  void counts_in_short_runs_spread_as_they_should() {
    DropoutMask.seed(6);
    double p = 0.1;
    int[] kept = kept(p);
    int runs = SIZE / 64;
    double squares = 0;
    for (int run = 0; run < runs; run++) {
      int count = 0;
      for (int i = 0; i < 64; i++) {
        count += kept[64 * run + i];
      }
      squares += Math.pow(count - 64 * (1 - p), 2);
    }
    double variance = 64 * p * (1 - p);
    // 16,384 runs: the variance of the sample has a deviation of about 1.1 %.
    assertThat(squares / runs / variance).isCloseTo(1, within(0.055));
  }
}
