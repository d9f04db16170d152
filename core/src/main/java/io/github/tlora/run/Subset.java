package io.github.tlora.run;

import io.github.tlora.data.Example;
import io.github.tlora.tensor.Seeds;
import java.util.Arrays;
import java.util.List;

/** Some of many rows, drawn by a seed. */
final class Subset {
  private Subset() {}

  /** {@code most} of {@code rows}; all where {@code most} is null or more than there are. */
  static List<Example> of(List<Example> rows, Integer most, long seed) {
    if (most == null || most >= rows.size()) {
      return rows;
    }
    int[] order = new Seeds(seed).stream("subset").permutation(rows.size());
    return Arrays.stream(order, 0, most).mapToObj(rows::get).toList();
  }
}
