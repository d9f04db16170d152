package io.github.tlora.data;

import io.github.tlora.tensor.SplitMix64;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Which rows go together: rows of like length, so that little is padding. */
public final class Batches {
  /** Batches sorted by length together; 50 is what Hugging Face's group_by_length uses. */
  public static final int BATCHES_A_POOL = 50;

  private Batches() {}

  /**
   * One epoch's batches: rows shuffled, sorted by length within pools of 50 batches, batches
   * shuffled. Every row comes once; only one batch may be short.
   *
   * @param lengths tokens of each row
   * @param size rows a batch
   */
  public static List<int[]> shuffled(int[] lengths, int size, SplitMix64 random) {
    int[] order = random.permutation(lengths.length);
    List<int[]> batches = new ArrayList<>();
    int pool = size * BATCHES_A_POOL;
    for (int from = 0; from < order.length; from += pool) {
      int[] rows = Arrays.copyOfRange(order, from, Math.min(order.length, from + pool));
      batches.addAll(cut(longestFirst(rows, lengths), size));
    }
    int[] batchOrder = random.permutation(batches.size());
    return Arrays.stream(batchOrder).mapToObj(batches::get).toList();
  }

  /** All rows once, longest first: for evaluation. */
  public static List<int[]> byLength(int[] lengths, int size) {
    int[] rows = new int[lengths.length];
    Arrays.setAll(rows, i -> i);
    return cut(longestFirst(rows, lengths), size);
  }

  private static int[] longestFirst(int[] rows, int[] lengths) {
    return Arrays.stream(rows)
        .boxed()
        .sorted(Comparator.comparingInt((Integer row) -> -lengths[row]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static List<int[]> cut(int[] rows, int size) {
    List<int[]> batches = new ArrayList<>();
    for (int from = 0; from < rows.length; from += size) {
      batches.add(Arrays.copyOfRange(rows, from, Math.min(rows.length, from + size)));
    }
    return batches;
  }
}
