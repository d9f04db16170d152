package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The generator's numbers, pinned, and its distributions. */
class SplitMix64Test {
  @Test
  void it_gives_the_numbers_of_the_reference_implementation() {
    // The first five for seed 1234567, as Vigna's splitmix64.c prints them.
    SplitMix64 stream = new SplitMix64(1234567);
    assertThat(unsigned(stream, 5))
        .containsExactly(
            "6457827717110365317",
            "3203168211198807973",
            "9817491932198370423",
            "4593380528125082431",
            "16408922859458223821");
    assertThat(new SplitMix64(0).nextLong()).isEqualTo(0xE220A8397B1DCDAFL);
  }

  private static String[] unsigned(SplitMix64 stream, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Long.toUnsignedString(stream.nextLong()))
        .toArray(String[]::new);
  }

  @Test
  void uniform_numbers_are_above_0_and_at_most_1() {
    SplitMix64 stream = new SplitMix64(5);
    int[] tenths = new int[10];
    for (int i = 0; i < 100_000; i++) {
      double value = stream.nextUniform();
      assertThat(value > 0 && value <= 1).isTrue();
      tenths[Math.min(9, (int) (value * 10))]++;
    }
    // 10,000 each, standard deviation 95
    assertThat(Arrays.stream(tenths))
        .allSatisfy(count -> assertThat(count).isBetween(9_500, 10_500));
  }

  @Test
  void normal_numbers_are_pinned() {
    // From the state of stream "shuffle" of seed 0, computed with Python's math module.
    float[] expected = {0.2238692f, 0.20609866f, -0.4992451f, -0.15234455f, 0.37096786f};
    assertThat(new SplitMix64(0x3112B6119C13664L).normal(5, 1)).containsExactly(expected);
  }

  @Test
  void an_odd_count_is_a_prefix_of_the_even_one() {
    float[] six = new SplitMix64(8).normal(6, 0.5);
    assertThat(new SplitMix64(8).normal(5, 0.5)).containsExactly(Arrays.copyOf(six, 5));
    assertThat(new SplitMix64(8).normal(1, 0.5)).containsExactly(six[0]);
    assertThat(new SplitMix64(8).normal(0, 0.5)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 0.02})
  void normal_numbers_have_the_asked_mean_and_deviation(double deviation) {
    float[] values = new SplitMix64(9).normal(200_001, deviation);
    // Standard errors of mean and variance: 0.0022 and 0.0032 of the deviation and variance.
    assertThat(mean(values)).isCloseTo(0, within(0.01 * deviation));
    assertThat(variance(values))
        .isCloseTo(deviation * deviation, within(0.012 * deviation * deviation));
    // Shape: 68.27 % within one deviation, 0.27 % beyond three.
    assertThat(shareWithin(values, deviation)).isCloseTo(0.6827, within(0.005));
    assertThat(1 - shareWithin(values, 3 * deviation)).isCloseTo(0.0027, within(0.0006));
  }

  @Test
  void uniform_values_fill_the_interval() {
    // The first four for state 42, computed with Python.
    float[] expected = {0.24156488f, -0.34008962f, -0.22139888f, -0.15580928f};
    assertThat(new SplitMix64(42).uniform(4, 0.5)).containsExactly(expected);
    float[] values = new SplitMix64(10).uniform(100_000, 0.5);
    for (float value : values) {
      assertThat(value >= -0.5f && value <= 0.5f).isTrue();
    }
    assertThat(mean(values)).isCloseTo(0, within(0.005));
    assertThat(variance(values)).isCloseTo(0.25 / 3, within(0.001));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 10, 64})
  void whole_numbers_are_uniform_below_the_bound(int bound) {
    SplitMix64 stream = new SplitMix64(11);
    int[] seen = new int[bound];
    for (int i = 0; i < 10_000 * bound; i++) {
      seen[stream.nextInt(bound)]++;
    }
    assertThat(Arrays.stream(seen)).allSatisfy(count -> assertThat(count).isBetween(9_500, 10_500));
  }

  @Test
  void whole_numbers_reach_the_largest_bound() {
    SplitMix64 stream = new SplitMix64(12);
    for (int i = 0; i < 1_000; i++) {
      assertThat(stream.nextInt(Integer.MAX_VALUE)).isBetween(0, Integer.MAX_VALUE - 1);
    }
  }

  @Test
  void a_permutation_holds_every_number_once() {
    for (int count : new int[] {0, 1, 2, 100}) {
      int[] order = new SplitMix64(13).permutation(count);
      assertThat(Arrays.stream(order).sorted())
          .containsExactlyElementsOf(IntStream.range(0, count).boxed().toList());
    }
    assertThat(new SplitMix64(13).permutation(100))
        .isEqualTo(new SplitMix64(13).permutation(100))
        .isNotEqualTo(new SplitMix64(14).permutation(100));
  }

  @Test
  void every_permutation_is_equally_likely() {
    SplitMix64 stream = new SplitMix64(15);
    int[] seen = new int[27];
    for (int i = 0; i < 60_000; i++) {
      int[] order = stream.permutation(3);
      seen[9 * order[0] + 3 * order[1] + order[2]]++;
    }
    assertThat(Arrays.stream(seen).filter(count -> count > 0))
        .hasSize(6)
        .allSatisfy(count -> assertThat(count).isBetween(9_500, 10_500));
  }

  @Test
  void shuffling_keeps_what_is_there() {
    int[] order = {4, 4, 9, -1};
    new SplitMix64(16).shuffle(order);
    assertThat(order).containsExactlyInAnyOrder(4, 4, 9, -1);
  }

  private static double mean(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElseThrow();
  }

  private static double variance(float[] values) {
    double mean = mean(values);
    return IntStream.range(0, values.length)
        .mapToDouble(i -> (values[i] - mean) * (values[i] - mean))
        .average()
        .orElseThrow();
  }

  private static double shareWithin(float[] values, double bound) {
    return IntStream.range(0, values.length).filter(i -> Math.abs(values[i]) <= bound).count()
        / (double) values.length;
  }
}
