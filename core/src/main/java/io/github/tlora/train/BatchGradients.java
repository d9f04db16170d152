package io.github.tlora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.data.Rows;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Param;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The gradients of a batch. On a CPU its rows go through the model in parts, as small as the
 * products allow, so that the activations of few are in memory. Each worker has its own parts, one
 * after the other, and gradients of its own, which are added up in the order of the rows: the same
 * bits whichever worker is done first.
 */
final class BatchGradients implements AutoCloseable {
  /** From so many tokens on a part's matrix products run at the full rate of a core. */
  private static final int LEAST_TOKENS_A_PART = 96;

  /** From so many on it is no faster: more would only take the memory of their activations. */
  private static final int MOST_TOKENS_A_PART = 256;

  /** Parts have gradients of their own: not of more than this share of the model. */
  private static final double LARGEST_SHARE = 0.1;

  private final TrainSettings settings;
  private final float[] classWeights; // one a logit, or null
  private final NDArray weights; // the same on the device
  private final Rows rows;
  private final NDManager manager;
  private final StageTimes times;
  private final boolean inParts;
  private final Workers workers;
  private final List<SequenceClassifier> replicas = new ArrayList<>(); // the model is the first
  private final List<List<NDArray>> trained; // of each replica

  BatchGradients(
      SequenceClassifier model,
      TrainSettings settings,
      float[] classWeights,
      Rows rows,
      StageTimes times,
      NDManager parent) {
    this.settings = settings;
    this.classWeights = classWeights;
    this.rows = rows;
    this.times = times;
    this.manager = parent.newSubManager();
    this.weights = classWeights == null ? null : manager.create(classWeights);
    this.inParts = Torch.isOnCpu(parent) && !trainsMuch(model);
    double length = Arrays.stream(rows.lengths()).average().orElse(0);
    int size = settings.batchLimit().rowsOf((int) length);
    this.workers = Workers.open(inParts ? mostWorkers(size, length) : 1);
    model.pack(true);
    replicas.add(model);
    while (replicas.size() < workers.count()) {
      replicas.add(model.replica(manager));
    }
    trained =
        replicas.stream()
            .map(replica -> replica.params().trained().stream().map(Param::array).toList())
            .toList();
  }

  private static boolean trainsMuch(SequenceClassifier model) {
    double trained = model.params().count(Param::isTrained);
    return trained > LARGEST_SHARE * model.params().count(param -> true);
  }

  private static int mostWorkers(int rows, double length) {
    return Math.max(1, Math.min(rows, (int) (length * rows / LEAST_TOKENS_A_PART)));
  }

  /**
   * Tokens whose activations are in memory together, on a CPU.
   *
   * @param rows of a batch, all of {@code longest} tokens
   */
  static long tokensAtOnce(SequenceClassifier model, int rows, int longest, int threads) {
    if (trainsMuch(model)) {
      return (long) rows * longest;
    }
    int workers = Math.min(threads, mostWorkers(rows, longest));
    int each = (rows + workers - 1) / workers;
    int parts = partsEach(each, longest);
    return (long) workers * ((each + parts - 1) / parts) * longest;
  }

  /**
   * A batch's share of the step's mean loss, on the device: reading it waits for the device.
   *
   * @param parts what each part of the batch adds to it
   */
  record Loss(List<NDArray> parts) {
    /** Its value; to be called once. */
    double read() {
      double sum = parts.stream().mapToDouble(NDArray::getFloat).sum();
      parts.forEach(NDArray::close);
      return sum;
    }
  }

  /**
   * Adds the gradients of {@code batch}.
   *
   * @param stepWeight what all batches of the step {@link #weigh}
   * @param seed of its dropout masks
   * @return its share of the step's mean loss
   */
  Loss add(int[] batch, double stepWeight, long seed) {
    int working = Math.min(workers.count(), batch.length);
    int longest = rows.longest(batch);
    int each = inParts ? partsEach(batch.length / working, longest) : 1;
    NDArray[] losses = new NDArray[working * each];
    workers.each(
        working,
        worker -> {
          for (int i = worker * each; i < (worker + 1) * each; i++) {
            int first = batch.length * i / losses.length;
            int end = batch.length * (i + 1) / losses.length;
            int[] part = Arrays.copyOfRange(batch, first, end);
            Torch.seed(seed, first, part.length, batch.length);
            losses[i] = backward(replicas.get(worker), part, longest, weigh(part) / stepWeight);
          }
        });
    for (int i = 1; i < working; i++) {
      Ops.addGradients(trained.get(0), trained.get(i));
    }
    return new Loss(List.of(losses));
  }

  /** Into how many parts a worker takes its {@code rows}. */
  private static int partsEach(int rows, int longest) {
    int needed = (rows * longest + MOST_TOKENS_A_PART - 1) / MOST_TOKENS_A_PART;
    return Math.max(1, Math.min(rows, needed));
  }

  private NDArray backward(SequenceClassifier model, int[] part, int longest, double share) {
    long started = System.nanoTime();
    try (Scope step = Scope.training(manager)) {
      Input input = rows.input(part, longest, step.manager());
      started = times.add(StageTimes.Stage.BATCH, started);
      NDArray loss;
      if (settings.gradientCheckpointing()) {
        loss =
            CheckpointedBackward.run(
                model, input, logits -> loss(model, logits, part, share), step);
      } else {
        loss = loss(model, model.logits(input, true), part, share);
        started = times.add(StageTimes.Stage.FORWARD, started);
        step.backward(loss);
      }
      return step.keep(loss.stopGradient(), manager);
    } finally {
      times.add(StageTimes.Stage.BACKWARD, started);
    }
  }

  private NDArray loss(SequenceClassifier model, NDArray logits, int[] part, double share) {
    NDManager step = logits.getManager();
    if (model.labels().isRegression()) {
      return Ops.meanSquaredError(logits, rows.values(part, step), share);
    }
    return Ops.crossEntropy(
        logits, rows.labels(part, step), weights, settings.labelSmoothing(), share);
  }

  /** What {@code some} rows count among those of a step: their number, or their weights' sum. */
  double weigh(int[] some) {
    return classWeights == null
        ? some.length
        : Arrays.stream(some).mapToDouble(row -> classWeights[rows.labels()[row]]).sum();
  }

  @Override
  public void close() {
    workers.close();
    manager.close();
  }
}
