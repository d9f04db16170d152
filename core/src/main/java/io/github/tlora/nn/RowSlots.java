package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.tensor.Ops;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The changes of several adapters on one encoder, each on rows of its own: a batch (B, T, D) holds
 * the rows of the first adapter, then those of the second, and so on. For prediction only.
 */
public final class RowSlots implements Slots {
  private final List<Attachments> adapters;
  private int[] counts;

  /** Adapters without a prefix, which would give their rows another length. */
  public RowSlots(List<Attachments> adapters) {
    this.adapters = List.copyOf(adapters);
    this.counts = new int[adapters.size()];
    if (adapters.stream().anyMatch(adapter -> adapter.prefix().isPresent())) {
      throw new IllegalArgumentException("rows with a prefix have a length of their own");
    }
  }

  /** Says how many rows of the next batch belong to each adapter, in their order. */
  public void assign(int... rows) {
    if (rows.length != adapters.size()) {
      throw new IllegalArgumentException(rows.length + " counts for " + adapters.size());
    }
    counts = rows.clone();
  }

  @Override
  public Optional<Delta> linear(Site site, ParamTable params) {
    List<Delta> deltas = at(adapter -> adapter.deltas().get(site));
    return isEmpty(deltas) ? Optional.empty() : Optional.of(new ByRows(deltas));
  }

  @Override
  public Optional<Hook> sublayer(Sublayer sublayer, ParamTable params) {
    return hook(at(adapter -> adapter.sublayers().get(sublayer)));
  }

  @Override
  public Optional<Hook> layerOutput(Layer layer, ParamTable params) {
    return hook(at(adapter -> adapter.outputs().get(layer)));
  }

  private <T> List<T> at(Function<Attachments, T> place) {
    return adapters.stream().map(place).toList(); // with null where an adapter has nothing
  }

  private static boolean isEmpty(List<?> changes) {
    return changes.stream().allMatch(Objects::isNull);
  }

  private Optional<Hook> hook(List<Hook> hooks) {
    return isEmpty(hooks)
        ? Optional.empty()
        : Optional.of(
            (x, training) ->
                byRows(
                    hooks,
                    x,
                    (hook, rows) -> hook.apply(rows.of(x), training),
                    rows -> rows.of(x)));
  }

  /** The rows of one adapter in a batch. */
  private record Range(int first, int count) {
    NDArray of(NDArray x) {
      return Ops.middleRows(x, first, count);
    }
  }

  /** Applies each adapter's change to its own rows, and puts the results together again. */
  private <T> NDArray byRows(
      List<T> changes,
      NDArray x,
      BiFunction<T, Range, NDArray> changed,
      Function<Range, NDArray> unchanged) {
    if (x.getShape().get(0) != Arrays.stream(counts).sum()) {
      throw new IllegalStateException(
          "rows " + x.getShape() + " are assigned as " + Arrays.toString(counts));
    }
    List<NDArray> parts = new ArrayList<>();
    int first = 0;
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        Range rows = new Range(first, counts[i]);
        T change = changes.get(i);
        parts.add(change == null ? unchanged.apply(rows) : changed.apply(change, rows));
        first += counts[i];
      }
    }
    return Ops.stackRows(parts);
  }

  private final class ByRows implements Delta {
    private final List<Delta> deltas;

    ByRows(List<Delta> deltas) {
      this.deltas = deltas;
    }

    @Override
    public NDArray apply(NDArray x, NDArray y, boolean training) {
      return byRows(
          deltas,
          x,
          (delta, rows) -> delta.apply(rows.of(x), rows.of(y), training),
          rows -> rows.of(y));
    }

    @Override
    public NDArray weight(NDArray w0) {
      throw new UnsupportedOperationException("rows of several adapters have no one weight");
    }

    @Override
    public NDArray base(NDArray merged, NDArray norms) {
      throw new UnsupportedOperationException("rows of several adapters have no one weight");
    }
  }
}
