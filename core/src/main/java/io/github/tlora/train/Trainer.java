package io.github.tlora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.data.BatchLimit;
import io.github.tlora.data.Batches;
import io.github.tlora.data.Rows;
import io.github.tlora.data.Task;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/** The training loop. */
public final class Trainer {
  /** Of a GPU: few enough that a loss that is no number is found soon. */
  private static final int STEPS_A_READ = 10;

  private final SequenceClassifier model;
  private final TrainSettings settings;
  private final Seeds seeds;
  private final NDManager manager;
  private final StageTimes times = new StageTimes();
  private LongPredicate isRead; // after which steps losses are read back
  private AdamW optimizer; // while training goes on

  public Trainer(SequenceClassifier model, TrainSettings settings, Seeds seeds, NDManager manager) {
    this.model = model;
    this.settings = settings;
    this.seeds = seeds;
    this.manager = manager;
    this.isRead =
        Torch.isOnCpu(manager) ? step -> true : step -> step == 1 || step % STEPS_A_READ == 0;
  }

  /**
   * Reads losses back, and tells of the steps so far, only after steps that {@code isRead} accepts
   * and at the end of an epoch. Else it is every step on a CPU, and on a GPU, which reading leaves
   * without work, every tenth.
   */
  public Trainer readingAfter(LongPredicate isRead) {
    this.isRead = isRead;
    return this;
  }

  /**
   * What training came to.
   *
   * @param seconds in training steps, evaluation not counted
   * @param isComplete whether the last step was reached; false when it was told to stop
   */
  public record Outcome(
      long steps, long examples, long tokens, double seconds, boolean isComplete) {}

  /**
   * Tokens, padding counted, whose activations are in memory together on a CPU.
   *
   * @param rows of a batch, all of {@code longest} tokens
   */
  public static long tokensAtOnce(SequenceClassifier model, int rows, int longest, int threads) {
    return BatchGradients.tokensAtOnce(model, rows, longest, threads);
  }

  /** Optimizer steps of a training whose epochs have {@code batches} batches each. */
  public static long totalSteps(int batches, TrainSettings settings) {
    return settings.epochs() * stepsAnEpoch(batches, settings);
  }

  private static long stepsAnEpoch(int batches, TrainSettings settings) {
    return (batches + settings.accumulationSteps() - 1L) / settings.accumulationSteps();
  }

  /**
   * Trains to the end of the last epoch, evaluating after each.
   *
   * @param dev the rows of each dev split, in the task's order
   * @param task says what is scored on the dev split, and which epoch is best
   * @param listener hears every step and evaluation, on this thread
   * @param stop asked before every step; true ends training early
   * @throws UserError exit 1 when the loss is no longer a number, 2 when a row is longer than a
   *     batch may be
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
    int[] lengths = train.lengths();
    BatchLimit limit = settings.batchLimit();
    int batchesAnEpoch = Batches.count(lengths, limit);
    long stepsAnEpoch = stepsAnEpoch(batchesAnEpoch, settings);
    long total = totalSteps(batchesAnEpoch, settings);
    Schedule schedule = Schedule.linear(settings.warmupRatio(), total);
    double best = Double.NEGATIVE_INFINITY;

    float[] classWeights = settings.classWeights(task, model.labels().logits());
    try (AdamW steps = new AdamW(items(), manager);
        BatchGradients gradients =
            new BatchGradients(model, settings, classWeights, train, times, manager)) {
      optimizer = steps;
      long start = from == null ? 0 : optimizer.restore(from);
      long step = start;
      StepReports reports = new StepReports(start, total, listener);
      for (int epoch = (int) (step / stepsAnEpoch); epoch < settings.epochs(); epoch++) {
        List<int[]> batches = Batches.shuffled(lengths, limit, seeds.stream("shuffle/" + epoch));
        int done = (int) (step % stepsAnEpoch) * accumulated;
        for (int first = done; first < batches.size(); first += accumulated) {
          if (stop.getAsBoolean()) {
            reports.tell();
            return reports.outcome();
          }
          long started = System.nanoTime();
          List<int[]> together =
              batches.subList(first, Math.min(batches.size(), first + accumulated));
          int rows = together.stream().mapToInt(batch -> batch.length).sum();
          double weight = together.stream().mapToDouble(gradients::weigh).sum();
          List<BatchGradients.Loss> losses = new ArrayList<>();
          long tokens = 0;
          for (int i = 0; i < together.size(); i++) {
            long seed = seeds.state("dropout/" + step + "/" + i); // so that it can be repeated
            losses.add(gradients.add(together.get(i), weight, seed));
            tokens += train.tokenCount(together.get(i));
          }
          double factor = schedule.factor(step);
          long computed = System.nanoTime();
          NDArray gradNorm = optimizer.step(factor, settings.maxGradNorm());
          times.add(StageTimes.Stage.OPTIMIZER, computed);
          step++;
          double epochs = epoch + Math.min(1.0, (double) (first + accumulated) / batches.size());
          double rate = settings.learningRate() * factor;
          reports.add(
              new StepReports.Step(step, epochs, losses, rate, gradNorm), rows, tokens, started);
          if (isRead.test(step)) {
            reports.tell();
          }
        }
        reports.tell();
        Evaluator.Evaluation scored =
            Evaluator.evaluate(model, dev, task, settings.evalBatchSize(), manager);
        double score = scored.mean(task.bestBy());
        listener.accept(new Event.Evaluated(step, epoch + 1, score > best, scored));
        best = Math.max(best, score);
      }
      return reports.outcome();
    }
  }

  /** What {@link Torch#gpuBytes} says of its device. */
  public OptionalLong gpuBytes() {
    return Torch.gpuBytes(manager);
  }

  /** What the steps so far took, by stage. On a GPU it is the time that Java took to send them. */
  public StageTimes times() {
    return times;
  }

  /**
   * Writes the optimizer's state after the last step; to be called by the listener. With the
   * adapter of the same moment it is all that training needs to go on.
   */
  public void saveState(Path file) {
    optimizer.save(file);
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
