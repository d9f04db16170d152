package io.github.tlora.metric;

import static io.github.tlora.metric.Metric.ACCURACY;
import static io.github.tlora.metric.Metric.F1;
import static io.github.tlora.metric.Metric.MATTHEWS;
import static io.github.tlora.metric.Metric.PEARSON;
import static io.github.tlora.metric.Metric.SPEARMAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scores computed by hand, or as scipy's documentation has them. */
class MetricTest {
  /** Three true positives, one false positive, two false negatives, four true negatives. */
  private static final int[] ACTUAL = {1, 1, 1, 0, 1, 1, 0, 0, 0, 0};

  private static final int[] PREDICTED = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0};

  private static int[] all(int label) {
    int[] labels = new int[10];
    Arrays.fill(labels, label);
    return labels;
  }

  private static int[] opposite(int[] labels) {
    return Arrays.stream(labels).map(label -> 1 - label).toArray();
  }

  @Test
  void accuracy_is_the_share_of_right_rows() {
    assertThat(ACCURACY.of(PREDICTED, ACTUAL)).isEqualTo(0.7);
    assertThat(ACCURACY.of(ACTUAL, ACTUAL)).isEqualTo(1);
    assertThat(ACCURACY.of(opposite(ACTUAL), ACTUAL)).isEqualTo(0);
    assertThat(ACCURACY.of(new int[] {2, 1, 0}, new int[] {2, 0, 1})).isEqualTo(1 / 3.0);
  }

  @Test
  void f1_is_the_harmonic_mean_for_class_1() {
    // precision 3/4, recall 3/5: 2 * 0.75 * 0.6 / 1.35 = 2/3
    assertThat(F1.of(PREDICTED, ACTUAL)).isCloseTo(2 / 3.0, within(1e-15));
    assertThat(F1.of(ACTUAL, ACTUAL)).isEqualTo(1);
    // For class 0 it is another number: 8/11.
    assertThat(F1.of(opposite(PREDICTED), opposite(ACTUAL))).isCloseTo(8 / 11.0, within(1e-15));
  }

  @Test
  void f1_without_a_positive_is_0() {
    assertThat(F1.of(all(0), ACTUAL)).isEqualTo(0);
    assertThat(F1.of(PREDICTED, all(0))).isEqualTo(0);
    assertThat(F1.of(all(0), all(0))).isEqualTo(0);
  }

  @Test
  void f1_of_all_ones_is_that_of_full_recall() {
    assertThat(F1.of(all(1), ACTUAL)).isCloseTo(2 / 3.0, within(1e-15)); // 2 * 0.5 / 1.5
    assertThat(F1.of(all(1), all(1))).isEqualTo(1);
  }

  @Test
  void matthews_is_the_correlation() {
    // (3 * 4 - 1 * 2) / sqrt((3+1) (3+2) (4+1) (4+2)) = 10 / sqrt(600)
    assertThat(MATTHEWS.of(PREDICTED, ACTUAL)).isCloseTo(0.40824829046386296, within(1e-15));
    assertThat(MATTHEWS.of(ACTUAL, ACTUAL)).isEqualTo(1);
    assertThat(MATTHEWS.of(opposite(ACTUAL), ACTUAL)).isEqualTo(-1);
    assertThat(MATTHEWS.of(opposite(PREDICTED), opposite(ACTUAL)))
        .isEqualTo(MATTHEWS.of(PREDICTED, ACTUAL));
  }

  @Test
  void matthews_of_one_class_alone_is_0() {
    assertThat(MATTHEWS.of(all(0), ACTUAL)).isEqualTo(0);
    assertThat(MATTHEWS.of(all(1), ACTUAL)).isEqualTo(0);
    assertThat(MATTHEWS.of(PREDICTED, all(0))).isEqualTo(0);
    assertThat(MATTHEWS.of(all(1), all(1))).isEqualTo(0);
  }

  @Test
  void matthews_of_a_large_set_does_not_overflow() {
    int[] actual = new int[400_000];
    Arrays.setAll(actual, i -> i % 2);
    int[] predicted = actual.clone();
    predicted[0] = 1;
    predicted[1] = 0;
    // Each class loses one of 200,000 rows.
    assertThat(MATTHEWS.of(predicted, actual)).isCloseTo(1 - 1e-5, within(1e-12));
  }

  @Test
  void one_row_is_enough() {
    int[] one = {1};
    assertThat(ACCURACY.of(one, one)).isEqualTo(1);
    assertThat(F1.of(one, one)).isEqualTo(1);
    assertThat(MATTHEWS.of(one, one)).isEqualTo(0);
  }

  private static double[] numbers(double... numbers) {
    return numbers;
  }

  @Test
  void pearson_is_the_correlation_of_the_numbers() {
    // deviations -2 -1 0 1 2 and -1 -2 1 0 2: 8 / sqrt(10 * 10)
    assertThat(PEARSON.of(numbers(1, 2, 3, 4, 5), numbers(2, 1, 4, 3, 5)))
        .isCloseTo(0.8, within(1e-14));
    // scipy.stats.pearsonr's own example
    assertThat(PEARSON.of(numbers(1, 2, 3, 4, 5), numbers(10, 9, 2.5, 6, 4)))
        .isCloseTo(-0.7426106572325057, within(1e-14));
    // scale and origin do not count, the sign does
    assertThat(PEARSON.of(numbers(0.1, 0.2, 0.4), numbers(3, 5, 9))).isCloseTo(1, within(1e-14));
    assertThat(PEARSON.of(numbers(0.1, 0.2, 0.4), numbers(-3, -5, -9)))
        .isCloseTo(-1, within(1e-14));
  }

  @Test
  void spearman_is_the_correlation_of_the_ranks() {
    double[] up = {1, 2, 3, 4};
    double[] cubes = {1, 8, 27, 64};
    assertThat(SPEARMAN.of(up, cubes)).isCloseTo(1, within(1e-14));
    // deviations 1.5 and 0.5 with -24, -17, 2, 39: 104 / sqrt(5 * 2390)
    assertThat(PEARSON.of(up, cubes)).isCloseTo(104 / Math.sqrt(11_950), within(1e-14));
    // squares of differences 1 1 1 1 0: 1 - 6 * 4 / (5 * 24)
    assertThat(SPEARMAN.of(numbers(10, 20, 30, 40, 50), numbers(2, 1, 4, 3, 5)))
        .isCloseTo(0.8, within(1e-14));
  }

  @Test
  void spearman_gives_ties_their_mean_rank() {
    // ranks 1 2.5 2.5 4 and 1 2 3 4: 4.5 / sqrt(4.5 * 5)
    assertThat(SPEARMAN.of(numbers(1, 2, 2, 3), numbers(1, 2, 3, 4)))
        .isCloseTo(0.9486832980505138, within(1e-14));
    // scipy.stats.spearmanr's own example
    assertThat(SPEARMAN.of(numbers(1, 2, 3, 4, 5), numbers(5, 6, 7, 8, 7)))
        .isCloseTo(0.8207826816681233, within(1e-14));
  }

  @ParameterizedTest
  @EnumSource(names = {"PEARSON", "SPEARMAN"})
  void a_correlation_that_is_not_defined_is_0(Metric metric) {
    double[] some = {1, 2, 4};
    double[] one = {0.1, 0.1, 0.1};
    assertThat(metric.of(one, some)).isZero();
    assertThat(metric.of(some, one)).isZero();
    assertThat(metric.of(one, one)).isZero();
    assertThat(metric.of(numbers(3), numbers(3))).isZero();
    assertThat(metric.of(numbers(1, Double.NaN, 3), some)).isZero();
    assertThat(metric.of(numbers(1, 2, Double.POSITIVE_INFINITY), some)).isZero();
    assertThat(metric.of(some, some)).isCloseTo(1, within(1e-14));
  }

  @Test
  void names_in_results_are_lower_case() {
    assertThat(Arrays.stream(Metric.values()).map(Metric::key))
        .containsExactly("accuracy", "accuracy_mm", "f1", "matthews", "pearson", "spearman");
  }
}
