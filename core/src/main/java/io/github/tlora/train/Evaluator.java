package io.github.tlora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.data.BatchLimit;
import io.github.tlora.data.Batches;
import io.github.tlora.data.Rows;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Metric;
import io.github.tlora.metric.Predictions;
import io.github.tlora.metric.Scores;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Input;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.Workers;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Logits and scores of a whole split, the last short batch included. */
public final class Evaluator {
  /** Of a batch on a CPU, where more take more memory and are no faster. */
  private static final int MOST_TOKENS = 1024;

  private Evaluator() {}

  /**
   * A split's scores.
   *
   * @param loss mean over the rows
   * @param predictions what the scores are of
   * @param logits (rows, labels), in the rows' own order
   * @param splits each by its name, where several were scored together
   */
  public record Evaluation(
      Scores scores,
      double loss,
      Predictions predictions,
      float[][] logits,
      Map<String, Evaluation> splits) {
    public Map<Metric, Double> metrics() {
      return scores.metrics();
    }

    /** The mean of the scores {@code of}. */
    public double mean(List<Metric> of) {
      return of.stream().mapToDouble(metrics()::get).average().orElseThrow();
    }
  }

  private static BatchLimit limit(Rows rows, int batchSize, NDManager manager) {
    int longest = Arrays.stream(rows.lengths()).max().orElse(0);
    return Torch.isOnCpu(manager)
        ? new BatchLimit(batchSize, Math.max(MOST_TOKENS, longest))
        : BatchLimit.ofRows(batchSize);
  }

  /** Logits of every row, in the rows' own order: (rows, labels). */
  public static float[][] logits(
      SequenceClassifier model, Rows rows, int batchSize, NDManager manager) {
    float[][] logits = new float[rows.size()][];
    int width = model.labels().logits();
    List<int[]> batches = Batches.byLength(rows.lengths(), limit(rows, batchSize, manager));
    model.pack(false);
    NDArray[] outputs = new NDArray[batches.size()];
    try (NDManager kept = manager.newSubManager();
        Workers workers = Workers.open(Torch.isOnCpu(manager) ? batches.size() : 1)) {
      workers.each(
          batches.size(),
          number -> {
            try (Scope step = Scope.inference(manager)) {
              Input input = rows.input(batches.get(number), step.manager());
              outputs[number] = step.keep(model.logits(input, false), kept);
            }
          });
      // Read at the end: a GPU would wait for each batch that is read before the next is sent.
      for (int number = 0; number < outputs.length; number++) {
        int[] batch = batches.get(number);
        float[] values = outputs[number].toFloatArray();
        for (int i = 0; i < batch.length; i++) {
          logits[batch[i]] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
        }
      }
    }
    return logits;
  }

  /**
   * Scores {@code model} on the splits {@code dev}, each by its own metrics of {@code task}.
   *
   * @return all scores; loss, predictions and logits are the first split's
   */
  public static Evaluation evaluate(
      SequenceClassifier model,
      Map<String, Rows> dev,
      Task task,
      int batchSize,
      NDManager manager) {
    Map<String, Evaluation> splits = new LinkedHashMap<>();
    dev.forEach(
        (split, rows) -> splits.put(split, evaluate(model, rows, task, split, batchSize, manager)));
    Map<String, Scores> scores = new LinkedHashMap<>();
    splits.forEach((split, scored) -> scores.put(split, scored.scores()));
    Evaluation first = splits.values().iterator().next();
    return new Evaluation(
        Scores.together(scores), first.loss(), first.predictions(), first.logits(), splits);
  }

  /**
   * Scores {@code model} on {@code rows}, whose classes, or numbers, are known.
   *
   * @param split which of the task's splits they are
   */
  public static Evaluation evaluate(
      SequenceClassifier model,
      Rows rows,
      Task task,
      String split,
      int batchSize,
      NDManager manager) {
    float[][] logits = logits(model, rows, batchSize, manager);
    double loss = 0;
    double[] numbers = new double[rows.size()];
    double[] wanted = new double[rows.size()];
    int[] classes = new int[rows.size()];
    for (int i = 0; i < logits.length; i++) {
      if (model.labels().isRegression()) {
        numbers[i] = logits[i][0];
        wanted[i] = rows.values()[i];
        loss += (numbers[i] - wanted[i]) * (numbers[i] - wanted[i]);
      } else {
        classes[i] = highest(logits[i], model.labels().labels());
        loss -= Math.log(probabilities(logits[i])[rows.labels()[i]]);
      }
    }
    Predictions predictions =
        model.labels().isRegression()
            ? Predictions.ofNumbers(numbers, wanted)
            : Predictions.ofClasses(task.labels(), classes, rows.labels());
    Scores scores = Scores.of(task.metrics(split), predictions).warn(notFinite(logits));
    return new Evaluation(scores, loss / logits.length, predictions, logits, Map.of());
  }

  /** What is said of rows for which the model gave no number; their class is the first. */
  private static Optional<String> notFinite(float[][] logits) {
    long rows = Arrays.stream(logits).filter(row -> !areFinite(row)).count();
    return rows == 0
        ? Optional.empty()
        : Optional.of(
            "the model's answer to " + rows + " of " + logits.length + " rows is no number");
  }

  private static boolean areFinite(float[] row) {
    for (float logit : row) {
      if (!Float.isFinite(logit)) {
        return false;
      }
    }
    return true;
  }

  /** The index of the highest of the first {@code count} of {@code logits}: a row's class. */
  public static int highest(float[] logits, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  /** Softmax of {@code logits}. */
  public static double[] probabilities(float[] logits) {
    double highest = logits[highest(logits, logits.length)];
    double[] probabilities = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = Math.exp(logits[i] - highest);
      sum += probabilities[i];
    }
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }
}
