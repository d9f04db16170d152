package io.github.tlora.train;

import ai.djl.ndarray.NDArray;
import io.github.tlora.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tells of optimizer steps. Their losses are on the device, and reading one waits until the device
 * has come so far, which leaves it without work: so those of several steps are read together.
 */
final class StepReports {
  private final long start;
  private final long total;
  private final Consumer<Event> listener;
  private final List<Step> untold = new ArrayList<>();
  private long done;
  private long examples;
  private long tokens;
  private long nanos;

  /**
   * What is known of a step when its operations are on their way.
   *
   * @param number from 1
   * @param losses of its batches, to be added up
   * @param gradNorm a float64 scalar, or null
   */
  record Step(
      long number,
      double epoch,
      List<BatchGradients.Loss> losses,
      double learningRate,
      NDArray gradNorm) {}

  /**
   * Begins after {@code start} steps of {@code total}.
   *
   * @param listener hears every step, in their order
   */
  StepReports(long start, long total, Consumer<Event> listener) {
    this.start = start;
    this.done = start;
    this.total = total;
    this.listener = listener;
  }

  /** Takes note of a step of so many rows and real tokens that began at {@code started}. */
  void add(Step step, int rows, long realTokens, long started) {
    untold.add(step);
    done = step.number();
    examples += rows;
    tokens += realTokens;
    nanos += System.nanoTime() - started;
  }

  /**
   * Waits for the device and tells of all steps that were not told yet.
   *
   * @throws UserError exit 1 at the first whose loss is no number, after those before it
   */
  void tell() {
    long started = System.nanoTime();
    double[] losses = untold.stream().mapToDouble(StepReports::loss).toArray();
    Double[] norms = untold.stream().map(StepReports::gradNorm).toArray(Double[]::new);
    nanos += System.nanoTime() - started;
    List<Step> steps = List.copyOf(untold);
    untold.clear();
    for (int i = 0; i < losses.length; i++) {
      requireFinite(losses[i], steps.get(i).number());
      listener.accept(event(steps.get(i), losses[i], norms[i]));
    }
  }

  private static double loss(Step step) {
    double loss = 0;
    for (BatchGradients.Loss batch : step.losses()) {
      loss += batch.read();
    }
    return loss;
  }

  private static Double gradNorm(Step step) {
    if (step.gradNorm() == null) {
      return null;
    }
    try (NDArray norm = step.gradNorm()) {
      return norm.getDouble();
    }
  }

  private void requireFinite(double loss, long step) {
    if (!Double.isFinite(loss)) {
      throw UserError.failed(
          "training diverged: the loss is "
              + loss
              + " at step "
              + step
              + " of "
              + total
              + ". Try a lower train.learning_rate, or train.max_grad_norm 1");
    }
  }

  private Event.Stepped event(Step step, double loss, Double gradNorm) {
    double seconds = nanos / 1e9;
    return new Event.Stepped(
        step.number(),
        step.epoch(),
        loss,
        step.learningRate(),
        gradNorm,
        examples / seconds,
        tokens / seconds,
        seconds / (done - start) * (total - step.number()));
  }

  /** What training came to so far. */
  Trainer.Outcome outcome(Trainer.End end) {
    return new Trainer.Outcome(done, examples, tokens, nanos / 1e9, end);
  }
}
