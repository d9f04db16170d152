package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.tensor.SplitMix64;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rows go together. */
class BatchesTest {
  /** Lengths like those of sentences: 3 to 60 tokens, mostly short. */
  private static int[] lengths(int count) {
    SplitMix64 random = new SplitMix64(1);
    int[] lengths = new int[count];
    Arrays.setAll(lengths, i -> 3 + random.nextInt(20) * random.nextInt(20) / 6);
    return lengths;
  }

  private static int[] rows(List<int[]> batches) {
    return batches.stream().flatMapToInt(Arrays::stream).toArray();
  }

  private static double paddingShare(List<int[]> batches, int[] lengths) {
    long cells = 0;
    long tokens = 0;
    for (int[] batch : batches) {
      cells += (long) batch.length * Arrays.stream(batch).map(r -> lengths[r]).max().orElseThrow();
      tokens += Arrays.stream(batch).mapToLong(r -> lengths[r]).sum();
    }
    return 1 - tokens / (double) cells;
  }

  @ParameterizedTest(name = "{0} rows by {1}")
  @CsvSource({"1, 32", "31, 32", "32, 32", "33, 32", "1601, 32", "5000, 16", "7, 1", "100, 7"})
  void every_row_comes_once_and_one_batch_at_most_is_short(int count, int size) {
    int[] lengths = lengths(count);
    for (List<int[]> batches :
        List.of(
            Batches.shuffled(lengths, size, new SplitMix64(2)), Batches.byLength(lengths, size))) {
      assertThat(Arrays.stream(rows(batches)).sorted().toArray())
          .isEqualTo(IntStream.range(0, count).toArray());
      int[] sizes = batches.stream().mapToInt(batch -> batch.length).toArray();
      assertThat(Arrays.stream(sizes).filter(n -> n == size).count()).isEqualTo(count / size);
      assertThat(Arrays.stream(sizes).filter(n -> n != size).toArray())
          .isEqualTo(count % size == 0 ? new int[0] : new int[] {count % size});
    }
  }

  @Test
  void no_rows_are_no_batches() {
    assertThat(Batches.shuffled(new int[0], 4, new SplitMix64(2))).isEmpty();
    assertThat(Batches.byLength(new int[0], 4)).isEmpty();
  }

  @Test
  void the_same_stream_gives_the_same_batches() {
    int[] lengths = lengths(500);
    List<int[]> once = Batches.shuffled(lengths, 32, new SplitMix64(2));
    List<int[]> again = Batches.shuffled(lengths, 32, new SplitMix64(2));
    assertThat(again.toArray(int[][]::new)).isDeepEqualTo(once.toArray(int[][]::new));
  }

  @Test
  void another_epoch_has_another_order_and_other_batches() {
    int[] lengths = lengths(4_000);
    SplitMix64 stream = new SplitMix64(2);
    List<int[]> first = Batches.shuffled(lengths, 32, stream);
    List<int[]> second = Batches.shuffled(lengths, 32, stream);
    assertThat(rows(second)).isNotEqualTo(rows(first));
    assertThat(second.stream().map(BatchesTest::sorted).toList())
        .doesNotContainAnyElementsOf(first.stream().map(BatchesTest::sorted).toList());
  }

  private static String sorted(int[] batch) {
    return Arrays.toString(Arrays.stream(batch).sorted().toArray());
  }

  @Test
  void little_of_a_batch_is_padding() {
    int[] lengths = lengths(3_000);
    double shuffled = paddingShare(Batches.shuffled(lengths, 32, new SplitMix64(2)), lengths);
    int[] order = new SplitMix64(3).permutation(lengths.length);
    List<int[]> plain =
        IntStream.range(0, order.length / 30)
            .mapToObj(i -> Arrays.copyOfRange(order, 30 * i, 30 * i + 30))
            .toList();
    assertThat(paddingShare(plain, lengths)).isGreaterThan(0.5);
    assertThat(shuffled).isLessThan(0.05);
    assertThat(paddingShare(Batches.byLength(lengths, 32), lengths)).isLessThan(0.05);
  }

  @Test
  void long_and_short_batches_come_mixed() {
    int[] lengths = lengths(3_200);
    double[] means =
        Batches.shuffled(lengths, 32, new SplitMix64(2)).stream()
            .mapToDouble(batch -> Arrays.stream(batch).map(r -> lengths[r]).average().orElseThrow())
            .toArray();
    long rises = IntStream.range(1, means.length).filter(i -> means[i] > means[i - 1]).count();
    // Of 99 steps in random order about half rise; sorted ones would never or always.
    assertThat(rises).isBetween(30L, 69L);
  }

  @Test
  void evaluation_goes_from_long_to_short() {
    int[] lengths = lengths(101);
    int[] order = rows(Batches.byLength(lengths, 8));
    for (int i = 1; i < order.length; i++) {
      assertThat(lengths[order[i]]).isLessThanOrEqualTo(lengths[order[i - 1]]);
    }
  }
}
