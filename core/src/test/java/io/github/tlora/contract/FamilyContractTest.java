package io.github.tlora.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.github.tlora.data.Rows;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.model.Architecture;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every family promises, whatever method is on it. */
class FamilyContractTest {
  /**
   * Products of other sizes add up in another order: 8 units in the last place of the largest
   * logit, whose summands the smaller ones have too.
   */
  private static final double NOISE = 1e-6;

  private static final int[] LENGTHS = {18, 3, 25, 11, 7, 25, 2};

  private static NDManager manager;

  @BeforeAll
  static void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close() {
    manager.close();
  }

  private static SequenceClassifier model(Family family) {
    return TinyEncoder.of(family).classifier(Slots.NONE, TinyEncoder.nativeHead(), manager);
  }

  /** The logits of each row, computed in these batches. */
  private static float[][] logits(SequenceClassifier model, Rows rows, int[]... batches) {
    float[][] logits = new float[rows.size()][];
    for (int[] batch : batches) {
      try (Scope step = Scope.inference(manager)) {
        float[] values = model.logits(rows.input(batch, step.manager()), false).toFloatArray();
        for (int i = 0; i < batch.length; i++) {
          logits[batch[i]] = Arrays.copyOfRange(values, 2 * i, 2 * i + 2);
        }
      }
    }
    return logits;
  }

  private static void assertClose(float[][] ours, float[][] wanted) {
    double largest = 0;
    for (float[] row : wanted) {
      largest = Math.max(largest, Math.max(Math.abs(row[0]), Math.abs(row[1])));
    }
    for (int row = 0; row < wanted.length; row++) {
      for (int i = 0; i < wanted[row].length; i++) {
        assertThat((double) ours[row][i])
            .as("row %d", row)
            .isCloseTo(wanted[row][i], within(NOISE * largest));
      }
    }
  }

  @Test
  void every_family_has_a_tiny_encoder() {
    assertThat(Arrays.stream(Family.values()).map(Family::modelType))
        .containsExactlyInAnyOrderElementsOf(Architecture.modelTypes());
    for (Family family : Family.values()) {
      Architecture architecture = TinyEncoder.of(family).architecture();
      assertThat(architecture.modelType()).isEqualTo(family.modelType());
      assertThat(architecture.padTokenId()).isEqualTo(family.padding());
      assertThat(architecture.maxTokens()).isEqualTo(TinyEncoder.MAX_LENGTH);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void neither_order_nor_company_nor_padding_changes_a_row(Family family) {
    SequenceClassifier model = model(family);
    Rows rows = TinyTask.rows(family, LENGTHS);
    float[][] together = logits(model, rows, new int[] {0, 1, 2, 3, 4, 5, 6});
    assertClose(logits(model, rows, new int[] {4, 2, 6, 0, 5, 1, 3}), together);
    assertClose(
        logits(model, rows, new int[] {6, 5}, new int[] {4, 3, 2}, new int[] {1, 0}), together);
    assertClose(logits(model, rows, new int[] {1, 6, 4}, new int[] {0, 2, 3, 5}), together);
    int[][] alone =
        IntStream.range(0, LENGTHS.length).mapToObj(i -> new int[] {i}).toArray(int[][]::new);
    assertClose(logits(model, rows, alone), together);
    for (int row = 1; row < LENGTHS.length; row++) { // or no mix-up would show
      assertThat(Math.abs((double) together[row][0] - together[0][0])).isGreaterThan(100 * NOISE);
    }
  }
}
