package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.RowSlots;
import io.github.tlora.tensor.Ops;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Several adapters with their heads on one base, each for its own rows of a batch: the base is
 * computed once for all rows. For prediction only.
 */
public final class MixedClassifier {
  private final List<SequenceClassifier> adapters;
  private final RowSlots slots;
  private final SequenceClassifier mixed;

  /** Adapters that {@link #takes}, and that share their base. */
  public MixedClassifier(List<SequenceClassifier> adapters) {
    if (!adapters.stream().allMatch(MixedClassifier::takes)) {
      throw new IllegalArgumentException("an adapter needs a batch of its own");
    }
    SequenceClassifier first = adapters.get(0);
    this.adapters = List.copyOf(adapters);
    this.slots = new RowSlots(adapters.stream().map(SequenceClassifier::attachments).toList());
    this.mixed =
        SequenceClassifier.declare(
            first.architecture(), first.headSettings(), first.labels(), slots);
    mixed.shareBase(first);
  }

  /**
   * Whether rows of {@code adapter} can share a batch with those of others. Not with a prefix,
   * which makes rows longer; not where weights of the base are other ones; not with relative
   * positions, whose keys and queries all rows of a batch share.
   */
  public static boolean takes(SequenceClassifier adapter) {
    return adapter.attachments().prefix().isEmpty()
        && adapter.params().of(Role.BASE).stream().noneMatch(adapter::changes)
        && adapter.architecture().relativePositions(1) == 0;
  }

  /**
   * Logits of a batch, adapter by adapter: each (its rows, its labels).
   *
   * @param counts how many rows belong to each adapter; the batch has them in this order
   */
  public List<NDArray> logits(Input input, int... counts) {
    slots.assign(counts);
    boolean firstOnly =
        adapters.stream().allMatch(adapter -> adapter.headSettings().readsFirstOnly());
    NDArray last = mixed.encoder().lastState(input, firstOnly, false);
    List<NDArray> logits = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      int first = Arrays.stream(counts, 0, i).sum();
      int count = counts[i];
      Input rows =
          new Input(
              Ops.middleRows(input.ids(), first, count),
              Ops.middleRows(input.mask(), first, count),
              Ops.middleRows(input.typeIds(), first, count));
      logits.add(adapters.get(i).head().logits(Ops.middleRows(last, first, count), rows, false));
    }
    return logits;
  }
}
