package io.github.tlora.data;

import io.github.tlora.tensor.SplitMix64;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** Which rows go together: rows of like length, so that little is padding. */
public final class Batches {
  /**
   * The share of padding up to which rows of several lengths are shuffled together. More would mix
   * rows of a small task better; this much keeps all padding under 3 % with 32 rows a batch.
   */
  static final double BUCKET_PADDING = 0.015;

  private Batches() {}

  /**
   * One epoch's batches: rows sorted by length fall into buckets, in which they are shuffled and
   * cut; then the batches are shuffled. Every row comes once. All batches of a bucket have the same
   * number of rows, but for the last one of all rows.
   *
   * @param lengths tokens of each row
   * @param random decides which rows go together and the order, not the number of batches
   * @throws io.github.tlora.UserError exit 2 when a row is longer than a batch may be
   */
  public static List<int[]> shuffled(int[] lengths, BatchLimit limit, SplitMix64 random) {
    int[] order = longestFirst(random.permutation(lengths.length), lengths);
    List<int[]> batches = new ArrayList<>();
    for (int from = 0; from < order.length; ) {
      int size = limit.rowsOf(lengths[order[from]]);
      int[] bucket = Arrays.copyOfRange(order, from, endOfBucket(order, from, size, lengths));
      random.shuffle(bucket);
      batches.addAll(cut(bucket, row -> size));
      from += bucket.length;
    }
    int[] batchOrder = random.permutation(batches.size());
    return Arrays.stream(batchOrder).mapToObj(batches::get).toList();
  }

  /** The end of the bucket: after one batch, or as many as have little padding together. */
  private static int endOfBucket(int[] order, int from, int size, int[] lengths) {
    int longest = lengths[order[from]];
    int end = from;
    long tokens = 0;
    while (end < order.length) {
      int next = end + Math.min(size, order.length - end);
      for (int i = end; i < next; i++) {
        tokens += lengths[order[i]];
      }
      long cells = (long) longest * (next - from);
      if (end > from && cells - tokens > BUCKET_PADDING * cells) {
        return end;
      }
      end = next;
    }
    return end;
  }

  /**
   * The number of batches that an epoch of {@link #shuffled} has, whichever its stream.
   *
   * @throws io.github.tlora.UserError exit 2 when a row is longer than a batch may be
   */
  public static int count(int[] lengths, BatchLimit limit) {
    return limit.isOfRows()
        ? count(lengths.length, limit.rows())
        : shuffled(lengths, limit, new SplitMix64(0)).size();
  }

  /** The number of batches of {@code rows} rows that {@code all} make; the last may have fewer. */
  public static int count(int all, int rows) {
    return Math.toIntExact((all + (rows - 1L)) / rows);
  }

  /**
   * All rows once, longest first: for evaluation.
   *
   * @throws io.github.tlora.UserError exit 2 when a row is longer than a batch may be
   */
  public static List<int[]> byLength(int[] lengths, BatchLimit limit) {
    int[] rows = new int[lengths.length];
    Arrays.setAll(rows, i -> i);
    return cut(longestFirst(rows, lengths), row -> limit.rowsOf(lengths[row]));
  }

  private static int[] longestFirst(int[] rows, int[] lengths) {
    return Arrays.stream(rows)
        .boxed()
        .sorted(Comparator.comparingInt((Integer row) -> -lengths[row]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Batches of as many rows as {@code size} says of the first one in each. */
  private static List<int[]> cut(int[] rows, IntUnaryOperator size) {
    List<int[]> batches = new ArrayList<>();
    for (int from = 0; from < rows.length; ) {
      int count = Math.min(size.applyAsInt(rows[from]), rows.length - from);
      batches.add(Arrays.copyOfRange(rows, from, from + count));
      from += count;
    }
    return batches;
  }
}
