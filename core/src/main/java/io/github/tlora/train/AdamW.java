package io.github.tlora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.nn.Param;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.SafetensorsWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * AdamW (arXiv 1711.05101) with the arithmetic of {@code torch.optim.AdamW}: decay before the step,
 * both moments corrected for bias, epsilon added after the correction.
 */
public final class AdamW implements AutoCloseable {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private static final String AVERAGE = ".exp_avg"; // torch's names of the moments
  private static final String SQUARE = ".exp_avg_sq";

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
   * @return the gradients' global norm before scaling, for the caller to read and close; null where
   *     {@code maxNorm} is 0
   */
  public NDArray step(double factor, double maxNorm) {
    NDArray norm = maxNorm > 0 ? Ops.clipGradients(params, maxNorm, manager) : null;
    double[] rates = items.stream().mapToDouble(item -> item.rate() * factor).toArray();
    step++;
    Ops.adamw(params, averages, squares, rates, decays, BETA1, BETA2, EPSILON, step);
    return norm;
  }

  /** Writes the moments and {@code state}, so that {@link #restore} can go on. */
  void save(Path file, TrainState state) {
    Map<String, NDArray> moments = new LinkedHashMap<>();
    for (int i = 0; i < items.size(); i++) {
      String name = items.get(i).param().name();
      moments.put(name + AVERAGE, averages.get(i));
      moments.put(name + SQUARE, squares.get(i));
    }
    SafetensorsWriter.write(file, moments, state.metadata());
  }

  /**
   * Takes over what {@link #save} wrote.
   *
   * @return the state that was written with the moments
   * @throws UserError exit 3 when the file is damaged, or of other tensors
   */
  TrainState restore(Path file) {
    try (SafetensorsReader reader = new SafetensorsReader(file)) {
      Set<String> unread = new HashSet<>(reader.names());
      for (int i = 0; i < items.size(); i++) {
        String name = items.get(i).param().name();
        fill(averages.get(i), name + AVERAGE, reader, unread);
        fill(squares.get(i), name + SQUARE, reader, unread);
      }
      if (!unread.isEmpty()) {
        throw UserError.file(file + ": is not the optimizer's state of this training");
      }
      TrainState state = TrainState.of(reader.metadata(), file);
      step = state.step();
      return state;
    }
  }

  private void fill(NDArray moment, String name, SafetensorsReader reader, Set<String> unread) {
    if (!unread.remove(name) || !Arrays.equals(reader.shape(name), moment.getShape().getShape())) {
      throw UserError.file(
          reader.location() + ": has no " + name + " of shape " + moment.getShape());
    }
    try (NDArray stored =
        Ops.weight(reader.bytes(name), reader.dtype(name), Dtype.F32, moment.getShape(), manager)) {
      Ops.copyInto(moment, stored);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
