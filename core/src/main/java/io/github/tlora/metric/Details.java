package io.github.tlora.metric;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.tribuo.classification.Label;
import org.tribuo.classification.evaluation.LabelEvaluation;
import org.tribuo.regression.Regressor;
import org.tribuo.regression.evaluation.RegressionEvaluation;

/** More than a score says of predictions, counted by Tribuo's evaluators. */
public sealed interface Details {

  /**
   * Classes one by one.
   *
   * @param labels the classes' names
   * @param confusion rows of class i that are predicted to be j
   * @param macro the plain mean over the classes
   * @param balancedAccuracy the mean of the classes' recalls
   */
  record OfClasses(
      List<String> labels,
      List<List<Long>> confusion,
      List<OfClass> classes,
      Macro macro,
      double balancedAccuracy)
      implements Details {}

  /**
   * One class. A ratio without a row to divide by is 0.
   *
   * @param rows how many are of the class
   * @param predicted how many are predicted to be
   */
  record OfClass(
      String label, long rows, long predicted, double precision, double recall, double f1) {}

  /** Means over the classes. */
  record Macro(double precision, double recall, double f1) {}

  /**
   * Numbers.
   *
   * @param rmse root of the mean squared error
   * @param mae mean absolute error
   * @param lowest of the predicted numbers
   * @param highest of the predicted numbers
   */
  record OfNumbers(double rmse, double mae, double lowest, double highest) implements Details {}

  /** The details of {@code splits}, by their names. */
  static Map<String, Details> of(Map<String, Predictions> splits) {
    Map<String, Details> details = new LinkedHashMap<>();
    splits.forEach((split, rows) -> details.put(split, of(rows)));
    return details;
  }

  /** The details of {@code rows}. */
  static Details of(Predictions rows) {
    return rows.isRegression() ? ofNumbers(rows) : ofClasses(rows);
  }

  private static OfNumbers ofNumbers(Predictions rows) {
    RegressionEvaluation evaluation = rows.numbers();
    Regressor number = new Regressor(Predictions.NUMBER, Double.NaN);
    double[] sorted = rows.predicted();
    Arrays.sort(sorted);
    return new OfNumbers(
        evaluation.rmse(number), evaluation.mae(number), sorted[0], sorted[sorted.length - 1]);
  }

  private static OfClasses ofClasses(Predictions rows) {
    LabelEvaluation evaluation = rows.classes();
    Confusion confusion = Confusion.of(rows);
    long[] actual = confusion.actual();
    long[] predicted = confusion.predicted();
    List<OfClass> classes =
        IntStream.range(0, actual.length)
            .mapToObj(
                i -> {
                  Label label = Predictions.label(i);
                  return new OfClass(
                      rows.labels().get(i),
                      actual[i],
                      predicted[i],
                      evaluation.precision(label),
                      evaluation.recall(label),
                      evaluation.f1(label));
                })
            .toList();
    return new OfClasses(
        rows.labels(),
        Arrays.stream(confusion.cells()).map(row -> Arrays.stream(row).boxed().toList()).toList(),
        classes,
        new Macro(
            evaluation.macroAveragedPrecision(),
            evaluation.macroAveragedRecall(),
            evaluation.macroAveragedF1()),
        1 - evaluation.balancedErrorRate());
  }
}
