package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
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
            Batches.shuffled(lengths, BatchLimit.ofRows(size), new SplitMix64(2)),
            Batches.byLength(lengths, BatchLimit.ofRows(size)))) {
      assertThat(Arrays.stream(rows(batches)).sorted().toArray())
          .isEqualTo(IntStream.range(0, count).toArray());
      int[] sizes = batches.stream().mapToInt(batch -> batch.length).toArray();
      assertThat(Arrays.stream(sizes).filter(n -> n == size).count()).isEqualTo(count / size);
      assertThat(Arrays.stream(sizes).filter(n -> n != size).toArray())
          .isEqualTo(count % size == 0 ? new int[0] : new int[] {count % size});
    }
    assertThat(Batches.count(lengths, BatchLimit.ofRows(size)))
        .isEqualTo((count + size - 1) / size);
  }

  @ParameterizedTest(name = "{0} rows, {1} tokens or {2} rows a batch")
  @CsvSource({
    "1, 64, 9999",
    "500, 64, 9999",
    "5000, 1000, 9999",
    "5000, 1000, 40",
    "5000, 100000, 32",
    "5000, 2147483647, 2147483647",
    "77, 70, 2"
  })
  void a_budget_of_tokens_is_kept_and_used(int count, int tokens, int rows) {
    int[] lengths = lengths(count);
    BatchLimit limit = new BatchLimit(rows, tokens);
    int number = Batches.count(lengths, limit);
    int wasted = 0;
    for (int seed = 0; seed < 20; seed++) {
      List<int[]> batches = Batches.shuffled(lengths, limit, new SplitMix64(seed));
      assertThat(Arrays.stream(rows(batches)).sorted().toArray())
          .isEqualTo(IntStream.range(0, count).toArray());
      assertThat(batches).hasSize(number); // so that a schedule knows it before
      for (int[] batch : batches) {
        int longest = Arrays.stream(batch).map(row -> lengths[row]).max().orElseThrow();
        assertThat((long) longest * batch.length).isLessThanOrEqualTo(tokens);
        assertThat(batch).hasSizeLessThanOrEqualTo(rows);
        // Room for another row of the same length, and one for the bucket's longest.
        wasted += batch.length < rows && (batch.length + 1.0) * longest * 1.2 <= tokens ? 1 : 0;
      }
    }
    assertThat(wasted).isLessThanOrEqualTo(20 * (1 + number / 50)); // the last, and few others
  }

  @Test
  void a_row_longer_than_the_budget_is_told() {
    int[] lengths = {5, 70, 9};
    BatchLimit limit = new BatchLimit(BatchLimit.NONE, 64);
    String told =
        "train.batch_tokens: 64 is less than the 70 tokens of the longest row. Give --batch-tokens"
            + " 70 or more, or cut rows with --max-length 64";
    assertThatThrownBy(() -> Batches.shuffled(lengths, limit, new SplitMix64(2)))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessage(told);
    assertThatThrownBy(() -> limit.requireRoom(lengths)).hasMessage(told);
    new BatchLimit(BatchLimit.NONE, 70).requireRoom(lengths);
    BatchLimit.ofRows(1).requireRoom(lengths);
  }

  @Test
  void a_limit_is_named_by_what_it_limits() {
    assertThat(BatchLimit.ofRows(32).label()).isEqualTo("32");
    assertThat(new BatchLimit(BatchLimit.NONE, 1024).label()).isEqualTo("1,024 tokens");
    assertThat(new BatchLimit(16, 1024).label()).isEqualTo("1,024 tokens or 16 rows");
  }

  @Test
  void no_rows_are_no_batches() {
    assertThat(Batches.shuffled(new int[0], BatchLimit.ofRows(4), new SplitMix64(2))).isEmpty();
    assertThat(Batches.byLength(new int[0], BatchLimit.ofRows(4))).isEmpty();
  }

  @Test
  void the_same_stream_gives_the_same_batches() {
    int[] lengths = lengths(500);
    List<int[]> once = Batches.shuffled(lengths, BatchLimit.ofRows(32), new SplitMix64(2));
    List<int[]> again = Batches.shuffled(lengths, BatchLimit.ofRows(32), new SplitMix64(2));
    assertThat(again.toArray(int[][]::new)).isDeepEqualTo(once.toArray(int[][]::new));
  }

  @Test
  void another_epoch_has_another_order_and_other_batches() {
    int[] lengths = lengths(4_000);
    SplitMix64 stream = new SplitMix64(2);
    List<int[]> first = Batches.shuffled(lengths, BatchLimit.ofRows(32), stream);
    List<int[]> second = Batches.shuffled(lengths, BatchLimit.ofRows(32), stream);
    assertThat(rows(second)).isNotEqualTo(rows(first));
    assertThat(second.stream().map(BatchesTest::sorted).toList())
        .doesNotContainAnyElementsOf(first.stream().map(BatchesTest::sorted).toList());
  }

  @Test
  void few_rows_are_together_again_in_the_next_epoch() {
    int[] lengths = lengths(4_000);
    SplitMix64 stream = new SplitMix64(2);
    int[] before = new int[lengths.length];
    List<int[]> first = Batches.shuffled(lengths, BatchLimit.ofRows(8), stream);
    for (int i = 0; i < first.size(); i++) {
      for (int row : first.get(i)) {
        before[row] = i;
      }
    }
    int pairs = 0;
    int again = 0;
    for (int[] batch : Batches.shuffled(lengths, BatchLimit.ofRows(8), stream)) {
      for (int row : batch) {
        pairs += batch.length - 1;
        again +=
            (int) Arrays.stream(batch).filter(r -> r != row && before[r] == before[row]).count();
      }
    }
    assertThat(again / (double) pairs).isLessThan(0.08);
  }

  private static String sorted(int[] batch) {
    return Arrays.toString(Arrays.stream(batch).sorted().toArray());
  }

  @Test
  void little_of_a_batch_is_padding() {
    int[] lengths = lengths(3_000);
    double shuffled =
        paddingShare(Batches.shuffled(lengths, BatchLimit.ofRows(32), new SplitMix64(2)), lengths);
    int[] order = new SplitMix64(3).permutation(lengths.length);
    List<int[]> plain =
        IntStream.range(0, order.length / 30)
            .mapToObj(i -> Arrays.copyOfRange(order, 30 * i, 30 * i + 30))
            .toList();
    assertThat(paddingShare(plain, lengths)).isGreaterThan(0.5);
    assertThat(shuffled).isLessThan(0.03);
    BatchLimit tokens = new BatchLimit(BatchLimit.NONE, 512);
    assertThat(paddingShare(Batches.shuffled(lengths, tokens, new SplitMix64(2)), lengths))
        .isLessThan(0.03);
    assertThat(paddingShare(Batches.byLength(lengths, BatchLimit.ofRows(32)), lengths))
        .isLessThan(0.05);
  }

  @Test
  void long_and_short_batches_come_mixed() {
    int[] lengths = lengths(3_200);
    double[] means =
        Batches.shuffled(lengths, BatchLimit.ofRows(32), new SplitMix64(2)).stream()
            .mapToDouble(batch -> Arrays.stream(batch).map(r -> lengths[r]).average().orElseThrow())
            .toArray();
    long rises = IntStream.range(1, means.length).filter(i -> means[i] > means[i - 1]).count();
    // Of 99 steps in random order about half rise; sorted ones would never or always.
    assertThat(rises).isBetween(30L, 69L);
  }

  @Test
  void evaluation_goes_from_long_to_short() {
    int[] lengths = lengths(101);
    int[] order = rows(Batches.byLength(lengths, BatchLimit.ofRows(8)));
    for (int i = 1; i < order.length; i++) {
      assertThat(lengths[order[i]]).isLessThanOrEqualTo(lengths[order[i - 1]]);
    }
  }

  @Test
  void evaluation_keeps_to_a_budget_of_tokens() {
    int[] lengths = lengths(101);
    List<int[]> batches = Batches.byLength(lengths, new BatchLimit(8, 100));
    assertThat(rows(batches)).hasSize(101).doesNotHaveDuplicates();
    for (int[] batch : batches) {
      int longest = Arrays.stream(batch).map(row -> lengths[row]).max().orElseThrow();
      assertThat(batch.length).isLessThanOrEqualTo(8);
      assertThat(batch.length * longest).isLessThanOrEqualTo(100);
    }
  }
}
