package io.github.tlora.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.adapter.Lora;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Factors;
import io.github.tlora.nn.Site;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weighted sum of several adapters' updates as one LoRA: exact, with the ranks added up, or the
 * nearest of a smaller rank, by singular value decomposition of each matrix's sum.
 */
public final class LoraSum {
  private final Map<Site, LoraFactors.Update> updates;
  private final double relativeError;

  private LoraSum(Map<Site, LoraFactors.Update> updates, double relativeError) {
    this.updates = updates;
    this.relativeError = relativeError;
  }

  /**
   * Sums up.
   *
   * @param models adapters on one base, whose updates are all those of a LoRA
   * @param weights one a model, of any sign
   * @param rank the largest that a matrix may have; null for the exact sum
   */
  public static LoraSum of(
      List<SequenceClassifier> models, List<Double> weights, Integer rank, NDManager manager) {
    Map<Site, LoraFactors.Update> updates = new LinkedHashMap<>();
    double lost = 0;
    double whole = 0;
    for (int i = 0; i < models.get(0).projections().size(); i++) {
      Site site = models.get(0).projections().get(i).site();
      try (Scope step = Scope.inference(manager)) {
        Factors exact = concatenated(site, models, weights);
        if (exact == null) {
          continue;
        }
        boolean cuts = rank != null && rank < exact.rank();
        Factors kept = exact;
        if (rank != null) {
          NDArray sum = step.keep(exact.up().matMul(exact.down()), step.manager());
          whole += square(sum);
          if (cuts) {
            NDArray[] nearest = Ops.topSingular(sum, rank);
            kept = new Factors(nearest[0], nearest[1]);
            lost += square(sum.sub(nearest[1].matMul(nearest[0])));
          }
        }
        updates.put(site, LoraFactors.Update.of(kept));
      }
    }
    return new LoraSum(updates, whole == 0 ? 0 : Math.sqrt(lost / whole));
  }

  private static double square(NDArray x) {
    double norm = x.norm().getFloat();
    return norm * norm;
  }

  /** Of the adapters that change the matrix at {@code site}; null where none does. */
  private static Factors concatenated(
      Site site, List<SequenceClassifier> models, List<Double> weights) {
    List<NDArray> downs = new ArrayList<>();
    List<NDArray> ups = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      Delta delta = models.get(i).attachments().deltas().get(site);
      if (delta != null) {
        Factors factors = delta.asLora().orElseThrow();
        downs.add(factors.down());
        ups.add(Ops.scaled(factors.up(), weights.get(i)).transpose());
      }
    }
    return downs.isEmpty()
        ? null
        : new Factors(Ops.stackRows(downs), Ops.stackRows(ups).transpose());
  }

  /** The LoRA that has this sum for its update; {@code model} is any on the same encoder. */
  public Lora method(SequenceClassifier model) {
    Map<Site, Integer> ranks = new LinkedHashMap<>();
    updates.forEach((site, update) -> ranks.put(site, update.rank()));
    return LoraFactors.method(model, ranks);
  }

  /** Gives {@code lora}, built for {@link #method}, the sum. */
  public void fill(SequenceClassifier lora, NDManager manager) {
    updates.forEach((site, update) -> update.fill(site, lora, manager));
  }

  /** How many matrices are changed. */
  public int matrices() {
    return updates.size();
  }

  /**
   * What cutting to a rank has lost: the Frobenius norm of all that was lost over that of the whole
   * sum; 0 where nothing was cut.
   */
  public double relativeError() {
    return relativeError;
  }
}
