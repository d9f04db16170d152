package io.github.tlora.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.tlora.UserError;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Site;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import java.util.List;
import java.util.Locale;

/** What adapters add to the weights, as their forward passes compute it. */
final class Updates {
  /** Largest difference of two updates, as a share of the largest entry, that rounding explains. */
  private static final double TOLERANCE = 1e-4;

  private Updates() {}

  /**
   * How two sets of updates differ.
   *
   * @param largest largest absolute difference of an entry; not a number where one is none
   * @param size of the largest entry, at least 1
   */
  record Difference(double largest, double size) {
    /**
     * Checks that rounding explains it.
     *
     * @throws UserError exit 1 when it does not
     */
    Difference requireRounding(String command) {
      if (!(largest <= TOLERANCE * size)) {
        throw UserError.failed(
            String.format(
                Locale.ROOT,
                "%s: the updates before and after differ by %.3g, more than rounding explains."
                    + " Nothing was written. The adapter's values are too large or not finite",
                command,
                largest));
      }
      return this;
    }
  }

  /** Compares the weighted sum of the updates of {@code before} with that of {@code after}. */
  static Difference compare(
      List<SequenceClassifier> before,
      List<Double> weights,
      SequenceClassifier after,
      NDManager manager) {
    double largest = 0;
    double size = 1;
    for (Site site : after.attachments().deltas().keySet()) {
      try (Scope step = Scope.inference(manager)) {
        NDArray wanted = step.manager().zeros(new Shape(site.in(), site.out()));
        for (int i = 0; i < before.size(); i++) {
          if (before.get(i).attachments().deltas().containsKey(site)) {
            wanted =
                wanted.add(Ops.scaled(of(before.get(i), site, step.manager()), weights.get(i)));
          }
        }
        double difference = Ops.maxAbsDifference(of(after, site, step.manager()), wanted);
        size = Math.max(size, wanted.abs().max().getFloat());
        largest = difference <= largest ? largest : difference; // NaN too
      }
    }
    return new Difference(largest, size);
  }

  /** What the layer adds to each unit vector: the update's transpose, (in, out). */
  private static NDArray of(SequenceClassifier model, Site site, NDManager manager) {
    Delta delta = model.attachments().deltas().get(site);
    NDArray nothing = manager.zeros(new Shape(site.in(), site.out()));
    return delta.apply(manager.eye(site.in()), nothing, false);
  }
}
