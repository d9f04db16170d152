package io.github.tlora.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Projection;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.Workers;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What this machine makes of matrix products alone: what a training step is held against. */
final class ProductRate {
  private static final long NANOS_A_SHAPE = 300_000_000L;

  private ProductRate() {}

  /**
   * The best rate of the shapes of {@code model}'s layers, each measured on all threads at once, a
   * product a thread, as training has it.
   *
   * @param precision in which a step computes them
   * @param tokens that a step computes
   * @return 10^9 floating-point operations a second
   */
  static double measure(
      SequenceClassifier model, Dtype precision, double tokens, NDManager manager) {
    List<Shape> weights =
        model.projections().stream()
            .map(Projection::weight)
            .map(weight -> weight.shape())
            .distinct()
            .toList();
    try (Workers workers = Workers.open(Torch.isOnCpu(manager) ? Torch.threads() : 1)) {
      long rows = Math.max(1, Math.round(tokens / workers.count()));
      return weights.stream()
          .mapToDouble(shape -> rate(rows, shape, precision, workers, manager))
          .max()
          .orElseThrow();
    }
  }

  private static double rate(
      long rows, Shape weight, Dtype precision, Workers workers, NDManager manager) {
    AtomicLong products = new AtomicLong();
    long started = System.nanoTime();
    workers.each(
        workers.count(),
        worker -> {
          try (Scope scope = Scope.inference(manager)) {
            NDArray x = scope.manager().ones(new Shape(rows, weight.get(1)));
            NDArray w = scope.manager().ones(weight);
            while (System.nanoTime() - started < NANOS_A_SHAPE) {
              Ops.linear(x, w, null, precision).close();
              products.incrementAndGet();
            }
            x.get(0).toFloatArray(); // a GPU does first what was sent to it before
          }
        });
    double seconds = (System.nanoTime() - started) / 1e9;
    return 2.0 * rows * weight.size() * products.get() / seconds / 1e9;
  }
}
