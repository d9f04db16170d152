package io.github.tlora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.data.Batches;
import io.github.tlora.data.Rows;
import io.github.tlora.data.Task;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The training loop. */
public final class Trainer {
  private final SequenceClassifier model;
  private final TrainSettings settings;
  private final Seeds seeds;
  private final NDManager manager;
  private AdamW optimizer; // while training goes on
  private float[] classWeights; // one a logit, or null

  public Trainer(SequenceClassifier model, TrainSettings settings, Seeds seeds, NDManager manager) {
    this.model = model;
    this.settings = settings;
    this.seeds = seeds;
    this.manager = manager;
  }

  /**
   * What training came to.
   *
   * @param seconds in training steps, evaluation not counted
   * @param isComplete whether the last step was reached; false when it was told to stop
   */
  public record Outcome(
      long steps, long examples, long tokens, double seconds, boolean isComplete) {}

  /** Optimizer steps of {@code rows} training rows under {@code settings}. */
  public static long totalSteps(int rows, TrainSettings settings) {
    return settings.epochs() * stepsAnEpoch(rows, settings);
  }

  private static long stepsAnEpoch(int rows, TrainSettings settings) {
    long batches = (rows + settings.batchSize() - 1L) / settings.batchSize();
    return (batches + settings.accumulationSteps() - 1) / settings.accumulationSteps();
  }

  /**
   * Trains to the end of the last epoch, evaluating after each.
   *
   * @param dev the rows of each dev split, in the task's order
   * @param task says what is scored on the dev split, and which epoch is best
   * @param listener hears every step and evaluation, on this thread
   * @param stop asked before every step; true ends training early
   * @throws UserError exit 1 when the loss is no longer a number
   */
  public Outcome fit(
      Rows train,
      Map<String, Rows> dev,
      Task task,
      Consumer<Event> listener,
      BooleanSupplier stop) {
    return fit(train, dev, task, listener, stop, null);
  }

  /**
   * Goes on with a training of the same rows, settings and seed: to the same bits as without the
   * interruption.
   *
   * @param from what {@link #saveState} wrote when the model was as it is now; null starts anew
   */
  public Outcome fit(
      Rows train,
      Map<String, Rows> dev,
      Task task,
      Consumer<Event> listener,
      BooleanSupplier stop,
      Path from) {
    int accumulated = settings.accumulationSteps();
    long total = totalSteps(train.size(), settings);
    Schedule schedule = Schedule.linear(settings.warmupRatio(), total);
    int[] lengths = train.lengths();
    long stepsAnEpoch = stepsAnEpoch(train.size(), settings);
    long examples = 0;
    long tokens = 0;
    long trainingNanos = 0;
    double best = Double.NEGATIVE_INFINITY;

    classWeights = settings.classWeights(task, model.labels().logits());
    try (AdamW steps = new AdamW(items(), manager)) {
      optimizer = steps;
      long start = from == null ? 0 : optimizer.restore(from);
      long step = start;
      for (int epoch = (int) (step / stepsAnEpoch); epoch < settings.epochs(); epoch++) {
        List<int[]> batches =
            Batches.shuffled(lengths, settings.batchSize(), seeds.stream("shuffle/" + epoch));
        int done = (int) (step % stepsAnEpoch) * accumulated;
        for (int first = done; first < batches.size(); first += accumulated) {
          if (stop.getAsBoolean()) {
            return new Outcome(step, examples, tokens, trainingNanos / 1e9, false);
          }
          long started = System.nanoTime();
          Torch.seed(seeds.state("dropout/" + step)); // so that a step can be repeated alone
          List<int[]> together =
              batches.subList(first, Math.min(batches.size(), first + accumulated));
          int rows = together.stream().mapToInt(batch -> batch.length).sum();
          double weight = together.stream().mapToDouble(batch -> weight(train, batch)).sum();
          double loss = 0;
          for (int[] batch : together) {
            loss += forwardBackward(train, batch, weight(train, batch) / weight);
            tokens += train.tokenCount(batch);
          }
          if (!Double.isFinite(loss)) {
            throw UserError.failed(
                "training diverged: the loss is "
                    + loss
                    + " at step "
                    + (step + 1)
                    + " of "
                    + total
                    + ". Try a lower train.learning_rate, or train.max_grad_norm 1");
          }
          double factor = schedule.factor(step);
          double gradNorm = optimizer.step(factor, settings.maxGradNorm());
          step++;
          examples += rows;
          trainingNanos += System.nanoTime() - started;
          double seconds = trainingNanos / 1e9;
          listener.accept(
              new Event.Stepped(
                  step,
                  epoch + Math.min(1.0, (double) (first + accumulated) / batches.size()),
                  loss,
                  settings.learningRate() * factor,
                  Double.isNaN(gradNorm) ? null : gradNorm,
                  examples / seconds,
                  tokens / seconds,
                  seconds / (step - start) * (total - step)));
        }
        Evaluator.Evaluation scored =
            Evaluator.evaluate(model, dev, task, settings.evalBatchSize(), manager);
        double score = scored.mean(task.bestBy());
        listener.accept(new Event.Evaluated(step, epoch + 1, score > best, scored));
        best = Math.max(best, score);
      }
      return new Outcome(total, examples, tokens, trainingNanos / 1e9, true);
    }
  }

  /**
   * Writes the optimizer's state after the last step; to be called by the listener. With the
   * adapter of the same moment it is all that training needs to go on.
   */
  public void saveState(Path file) {
    optimizer.save(file);
  }

  /** Adds a batch's gradients; returns its share of the step's mean loss. */
  private double forwardBackward(Rows rows, int[] batch, double share) {
    try (Scope step = Scope.training(manager)) {
      NDArray logits = model.logits(rows.input(batch, step.manager()), true);
      NDArray loss =
          model.labels().isRegression()
              ? Ops.meanSquaredError(logits, rows.values(batch, step.manager()), share)
              : crossEntropy(logits, rows.labels(batch, step.manager()), share);
      step.backward(loss);
      return loss.getFloat();
    }
  }

  private NDArray crossEntropy(NDArray logits, NDArray labels, double share) {
    NDArray weights = classWeights == null ? null : logits.getManager().create(classWeights);
    return Ops.crossEntropy(logits, labels, weights, settings.labelSmoothing(), share);
  }

  /** What {@code batch} counts among the batches of a step: its rows, or their weights' sum. */
  private double weight(Rows rows, int[] batch) {
    return classWeights == null
        ? batch.length
        : Arrays.stream(batch).mapToDouble(row -> classWeights[rows.labels()[row]]).sum();
  }

  private List<AdamW.Item> items() {
    return model.params().trained().stream()
        .map(param -> new AdamW.Item(param, rate(param), decay(param)))
        .toList();
  }

  private double rate(Param param) {
    Double head = model.headSettings().learningRate();
    double ofRole = param.role() == Role.HEAD && head != null ? head : settings.learningRate();
    return ofRole * param.rateFactor();
  }

  private double decay(Param param) {
    boolean byShape = settings.decay() == TrainSettings.Decay.ALL || param.shape().dimension() >= 2;
    return param.decays().orElse(byShape) ? settings.weightDecay() : 0;
  }
}
