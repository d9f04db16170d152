package io.github.tlora.data;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import java.util.Arrays;

/**
 * How much goes into one batch.
 *
 * @param rows the most rows
 * @param tokens the most tokens, padding counted: rows times the longest of them
 */
public record BatchLimit(int rows, int tokens) {
  /** No limit of its own. */
  public static final int NONE = Integer.MAX_VALUE;

  /** Batches of {@code rows} rows, however long. */
  public static BatchLimit ofRows(int rows) {
    return new BatchLimit(rows, NONE);
  }

  /** Whether the rows' lengths do not matter. */
  public boolean isOfRows() {
    return tokens == NONE;
  }

  /**
   * How many rows go together when the longest has {@code longest} tokens.
   *
   * @throws UserError exit 2 when not even one does
   */
  public int rowsOf(int longest) {
    if (longest > tokens) {
      throw UserError.usage(
          "train.batch_tokens: %1$d is less than the %2$d tokens of the longest row. Give --batch-tokens %2$d or more, or cut rows with --max-length %1$d"
              .formatted(tokens, longest));
    }
    return longest == 0 ? rows : Math.min(rows, tokens / longest);
  }

  /**
   * Checks that each of the rows with these lengths goes into a batch.
   *
   * @throws UserError exit 2 when one does not
   */
  public void requireRoom(int[] lengths) {
    rowsOf(Arrays.stream(lengths).max().orElse(0));
  }

  /** {@code 32}, {@code 1,024 tokens} or {@code 1,024 tokens or 32 rows}. */
  public String label() {
    String most = Quantity.number(rows);
    return isOfRows()
        ? most
        : Quantity.number(tokens) + " tokens" + (rows == NONE ? "" : " or " + most + " rows");
  }
}
