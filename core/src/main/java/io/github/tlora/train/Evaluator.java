package io.github.tlora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.data.Batches;
import io.github.tlora.data.Rows;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Metric;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.tensor.Scope;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Logits and scores of a whole split, the last short batch included. */
public final class Evaluator {
  private Evaluator() {}

  /**
   * A split's scores.
   *
   * @param logits (rows, labels), in the rows' own order
   */
  public record Evaluation(Map<Metric, Double> metrics, double loss, float[][] logits) {
    /** The mean of the scores {@code of}. */
    public double mean(List<Metric> of) {
      return of.stream().mapToDouble(metrics::get).average().orElseThrow();
    }
  }

  /** Logits of every row, in the rows' own order: (rows, labels). */
  public static float[][] logits(
      SequenceClassifier model, Rows rows, int batchSize, NDManager manager) {
    float[][] logits = new float[rows.size()][];
    int width = model.labels().logits();
    for (int[] batch : Batches.byLength(rows.lengths(), batchSize)) {
      try (Scope step = Scope.inference(manager)) {
        NDArray output = model.logits(rows.input(batch, step.manager()), false);
        float[] values = output.toFloatArray();
        for (int i = 0; i < batch.length; i++) {
          logits[batch[i]] = java.util.Arrays.copyOfRange(values, i * width, (i + 1) * width);
        }
      }
    }
    return logits;
  }

  /**
   * Scores {@code model} on the splits {@code dev}, each by its own metrics of {@code task}.
   *
   * @return all scores; loss and logits are the first split's
   */
  public static Evaluation evaluate(
      SequenceClassifier model,
      Map<String, Rows> dev,
      Task task,
      int batchSize,
      NDManager manager) {
    Evaluation first = null;
    Map<Metric, Double> scores = new EnumMap<>(Metric.class);
    for (Map.Entry<String, Rows> split : dev.entrySet()) {
      Evaluation scored =
          evaluate(model, split.getValue(), task.metrics(split.getKey()), batchSize, manager);
      scores.putAll(scored.metrics());
      first = first == null ? scored : first;
    }
    return new Evaluation(scores, first.loss(), first.logits());
  }

  /** Scores {@code model} on {@code rows}, whose classes, or numbers, are known. */
  public static Evaluation evaluate(
      SequenceClassifier model, Rows rows, List<Metric> metrics, int batchSize, NDManager manager) {
    float[][] logits = logits(model, rows, batchSize, manager);
    double[] predicted = new double[rows.size()];
    double[] actual = new double[rows.size()];
    double loss = 0;
    for (int i = 0; i < predicted.length; i++) {
      if (model.labels().isRegression()) {
        predicted[i] = logits[i][0];
        actual[i] = rows.values()[i];
        loss += (predicted[i] - actual[i]) * (predicted[i] - actual[i]);
      } else {
        predicted[i] = highest(logits[i], model.labels().labels());
        actual[i] = rows.labels()[i];
        loss -= Math.log(probabilities(logits[i])[rows.labels()[i]]);
      }
    }
    Map<Metric, Double> scores = new EnumMap<>(Metric.class);
    metrics.forEach(metric -> scores.put(metric, metric.of(predicted, actual)));
    return new Evaluation(scores, loss / predicted.length, logits);
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
