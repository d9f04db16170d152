package io.github.tlora.data;

import java.util.Arrays;

/**
 * How long rows are in tokens, special ones counted.
 *
 * @param least the shortest row
 * @param median half of the rows are not longer
 * @param most95 95 % of the rows are not longer
 * @param most99 99 % of the rows are not longer
 * @param most the longest row
 * @param cut rows that are longer than the limit, and lose their end
 * @param cutShare of all rows, 0 to 1
 */
public record TokenLengths(
    int least,
    double mean,
    int median,
    int most95,
    int most99,
    int most,
    int cut,
    double cutShare) {
  /** Of rows that are {@code lengths} long, with a limit of {@code maxLength}. */
  public static TokenLengths of(int[] lengths, int maxLength) {
    int[] sorted = lengths.clone();
    Arrays.sort(sorted);
    int cut = (int) Arrays.stream(sorted).filter(length -> length > maxLength).count();
    return new TokenLengths(
        sorted[0],
        Arrays.stream(sorted).average().orElseThrow(),
        quantile(sorted, 0.5),
        quantile(sorted, 0.95),
        quantile(sorted, 0.99),
        sorted[sorted.length - 1],
        cut,
        (double) cut / sorted.length);
  }

  /** The least length that at least {@code share} of the rows do not exceed. */
  private static int quantile(int[] sorted, double share) {
    return sorted[Math.max((int) Math.ceil(share * sorted.length) - 1, 0)];
  }
}
