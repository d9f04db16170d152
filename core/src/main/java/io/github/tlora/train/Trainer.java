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
  private TrainState state = TrainState.START;

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

  /** What ended a training. */
  public enum End {
    /** Its last step. */
    STEPS,
    /** Evaluations that were no better, as many as {@link EvaluationSettings#patience} has. */
    PATIENCE,
    /** {@link TrainSettings#maxTime}. */
    MAX_TIME,
    /** It was told to stop. */
    STOPPED
  }

  /**
   * What training came to.
   *
   * @param steps done in all, those before an interruption counted
   * @param examples since training began or went on; so are the others
   * @param seconds in training steps, evaluation not counted
   */
  public record Outcome(long steps, long examples, long tokens, double seconds, End end) {}

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
   * Trains to the last step, or until the settings end it earlier.
   *
   * @param dev the rows of each dev split, in the task's order
   * @param task says what is scored on the dev split, and which evaluation is best
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
    Schedule schedule = settings.schedule(total);
    double end = System.nanoTime() + settings.maxSeconds() * 1e9;

    float[] classWeights = settings.classWeights(task, model.labels().logits());
    try (AdamW steps = new AdamW(items(), manager);
        BatchGradients gradients =
            new BatchGradients(model, settings, classWeights, train, times, manager)) {
      optimizer = steps;
      state = from == null ? TrainState.START : optimizer.restore(from);
      StepReports reports = new StepReports(state.step(), total, listener);
      if (isOutOfPatience()) {
        return reports.outcome(End.PATIENCE);
      }
      for (long epoch = state.step() / stepsAnEpoch; epoch < settings.epochs(); epoch++) {
        List<int[]> batches = Batches.shuffled(lengths, limit, seeds.stream("shuffle/" + epoch));
        int done = (int) (state.step() % stepsAnEpoch) * accumulated;
        for (int first = done; first < batches.size(); first += accumulated) {
          if (stop.getAsBoolean()) {
            reports.tell();
            listener.accept(new Event.Saved(state.step(), (double) state.step() / stepsAnEpoch));
            return reports.outcome(End.STOPPED);
          }
          long started = System.nanoTime();
          List<int[]> together =
              batches.subList(first, Math.min(batches.size(), first + accumulated));
          int rows = together.stream().mapToInt(batch -> batch.length).sum();
          double weight = together.stream().mapToDouble(gradients::weigh).sum();
          List<BatchGradients.Loss> losses = new ArrayList<>();
          long tokens = 0;
          for (int i = 0; i < together.size(); i++) {
            // So that it can be repeated.
            long seed = seeds.state("dropout/" + state.step() + "/" + i);
            losses.add(gradients.add(together.get(i), weight, seed));
            tokens += train.tokenCount(together.get(i));
          }
          double factor = schedule.factor(state.step());
          long computed = System.nanoTime();
          NDArray gradNorm = optimizer.step(factor, settings.maxGradNorm());
          times.add(StageTimes.Stage.OPTIMIZER, computed);
          state = state.stepped();
          double epochs = epoch + Math.min(1.0, (double) (first + accumulated) / batches.size());
          double rate = settings.learningRate() * factor;
          reports.add(
              new StepReports.Step(state.step(), epochs, losses, rate, gradNorm),
              rows,
              tokens,
              started);
          if (isRead.test(state.step())) {
            reports.tell();
          }
          boolean isLate = System.nanoTime() >= end;
          if (isLate || settings.evaluation().isDue(state.step(), stepsAnEpoch, total)) {
            reports.tell();
            evaluate(dev, task, epochs, listener);
            if (isOutOfPatience()) {
              return reports.outcome(End.PATIENCE);
            } else if (isLate && state.step() < total) {
              return reports.outcome(End.MAX_TIME);
            }
          } else if (settings.checkpoints().isDue(state.step())) {
            reports.tell();
            listener.accept(new Event.Saved(state.step(), epochs));
          }
        }
      }
      return reports.outcome(End.STEPS);
    }
  }

  private void evaluate(Map<String, Rows> dev, Task task, double epochs, Consumer<Event> listener) {
    Evaluator.Evaluation scored =
        Evaluator.evaluate(model, dev, task, settings.evalBatchSize(), manager);
    double best = state.best();
    double score = settings.evaluation().score(scored, task);
    state = state.evaluated(score);
    listener.accept(new Event.Evaluated(state.step(), epochs, score > best, scored));
  }

  private boolean isOutOfPatience() {
    Integer patience = settings.evaluation().patience();
    return patience != null && state.worse() >= patience;
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
    optimizer.save(file, state);
  }

  /** What is trained, with its peak rates. */
  List<AdamW.Item> items() {
    return model.params().trained().stream()
        .map(param -> new AdamW.Item(param, rate(param), decay(param)))
        .toList();
  }

  private double rate(Param param) {
    Double head = model.headSettings().learningRate();
    double ofRole = param.role() == Role.HEAD && head != null ? head : settings.learningRate();
    return param.learningRate().orElse(ofRole * param.rateFactor()) * layerFactor(param);
  }

  /** The top layer's rate is one decay below the head's, that of the embeddings the lowest. */
  private double layerFactor(Param param) {
    int layers = model.architecture().traits().stack().layers();
    return param.role() == Role.HEAD ? 1 : Math.pow(settings.layerDecay(), layers - param.layer());
  }

  private double decay(Param param) {
    boolean byShape = settings.decay() == TrainSettings.Decay.ALL || param.shape().dimension() >= 2;
    return param.decays().orElse(byShape) ? settings.weightDecay() : 0;
  }
}
