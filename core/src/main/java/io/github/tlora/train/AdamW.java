package io.github.tlora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.nn.Param;
import io.github.tlora.tensor.Ops;
import java.util.List;

/**
 * AdamW (arXiv 1711.05101) with the arithmetic of {@code torch.optim.AdamW}: decay before the step,
 * both moments corrected for bias, epsilon added after the correction.
 */
public final class AdamW implements AutoCloseable {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  /**
   * A trained tensor with its own peak learning rate and weight decay.
   *
   * @param rate peak learning rate
   * @param decay decoupled weight decay
   */
  public record Item(Param param, double rate, double decay) {}

  private final List<Item> items;
  private final NDManager manager;
  private final List<NDArray> params;
  private final List<NDArray> averages;
  private final List<NDArray> squares;
  private final double[] decays;
  private long step;

  /** Both moments start at 0 and live on a manager of their own until {@link #close}. */
  public AdamW(List<Item> items, NDManager parent) {
    this.items = List.copyOf(items);
    this.manager = parent.newSubManager();
    this.params = items.stream().map(item -> item.param().array()).toList();
    this.averages = params.stream().map(p -> manager.zeros(p.getShape())).toList();
    this.squares = params.stream().map(p -> manager.zeros(p.getShape())).toList();
    this.decays = items.stream().mapToDouble(Item::decay).toArray();
  }

  /**
   * One step with the gradients that have been added up since the last one, which are then 0.
   *
   * @param factor on every peak learning rate, from the schedule
   * @param maxNorm global norm above which all gradients are scaled down; 0 never does
   * @return the gradients' global norm before scaling, or NaN where {@code maxNorm} is 0
   */
  public double step(double factor, double maxNorm) {
    double norm = Double.NaN;
    double scale = 1;
    if (maxNorm > 0) {
      norm = Ops.gradNorm(params);
      scale = Math.min(1, maxNorm / (norm + 1e-6)); // as torch.nn.utils.clip_grad_norm_
    }
    double[] rates = items.stream().mapToDouble(item -> item.rate() * factor).toArray();
    step++;
    Ops.adamw(params, averages, squares, rates, decays, scale, BETA1, BETA2, EPSILON, step);
    return norm;
  }

  @Override
  public void close() {
    manager.close();
  }
}
