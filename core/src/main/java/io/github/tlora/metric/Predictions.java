package io.github.tlora.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tribuo.Example;
import org.tribuo.Prediction;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.evaluation.LabelEvaluation;
import org.tribuo.classification.evaluation.LabelEvaluator;
import org.tribuo.impl.ArrayExample;
import org.tribuo.provenance.impl.EmptyDatasetProvenance;
import org.tribuo.regression.RegressionFactory;
import org.tribuo.regression.Regressor;
import org.tribuo.regression.evaluation.RegressionEvaluation;
import org.tribuo.regression.evaluation.RegressionEvaluator;

/**
 * What was predicted for a whole set of rows, and what is true: classes, or numbers in a
 * regression. Tribuo's evaluators count; they run once, when a score is first asked for.
 */
public final class Predictions {
  static final String NUMBER = "number";

  private final List<String> labels;
  private final double[] predicted;
  private final double[] actual;
  private LabelEvaluation classes; // once it is asked for
  private RegressionEvaluation numbers; // likewise

  private Predictions(List<String> labels, double[] predicted, double[] actual) {
    if (predicted.length != actual.length || actual.length == 0) {
      throw new IllegalArgumentException(
          predicted.length + " predictions for " + actual.length + " rows");
    }
    this.labels = List.copyOf(labels);
    this.predicted = predicted.clone();
    this.actual = actual.clone();
  }

  /**
   * Predictions of classes.
   *
   * @param labels the classes' names, in order
   * @param predicted the class of each row
   * @param actual the class that each row should have
   */
  public static Predictions ofClasses(List<String> labels, int[] predicted, int[] actual) {
    return new Predictions(
        labels,
        Arrays.stream(predicted).asDoubleStream().toArray(),
        Arrays.stream(actual).asDoubleStream().toArray());
  }

  /** Predictions of numbers. */
  public static Predictions ofNumbers(double[] predicted, double[] actual) {
    return new Predictions(List.of(), predicted, actual);
  }

  /** Those of the rows from {@code from} to before {@code to}. */
  public Predictions part(int from, int to) {
    return new Predictions(
        labels, Arrays.copyOfRange(predicted, from, to), Arrays.copyOfRange(actual, from, to));
  }

  /** The classes' names; none in a regression. */
  public List<String> labels() {
    return labels;
  }

  public boolean isRegression() {
    return labels.isEmpty();
  }

  public int size() {
    return actual.length;
  }

  /** The class, or the number, that each row was given. */
  public double[] predicted() {
    return predicted.clone();
  }

  /** The class, or the number, that each row should have. */
  public double[] actual() {
    return actual.clone();
  }

  /** Tribuo's evaluation of classes. */
  LabelEvaluation classes() {
    if (classes == null) {
      Map<Label, Integer> domain = new HashMap<>();
      for (int i = 0; i < labels.size(); i++) {
        domain.put(label(i), i);
      }
      List<Label> all = IntStream.range(0, labels.size()).mapToObj(Predictions::label).toList();
      List<Prediction<Label>> rows = new ArrayList<>(actual.length);
      for (int i = 0; i < actual.length; i++) {
        Example<Label> row = new ArrayExample<>(all.get((int) actual[i]));
        rows.add(new Prediction<>(all.get((int) predicted[i]), 0, row));
      }
      classes =
          new LabelEvaluator()
              .evaluate(
                  new FineTunedModel<>(new LabelFactory().constructInfoForExternalModel(domain)),
                  rows,
                  new EmptyDatasetProvenance());
    }
    return classes;
  }

  /** Tribuo's label of class {@code index}: its number, since a task may use a name twice. */
  static Label label(int index) {
    return new Label(Integer.toString(index));
  }

  /** The one class that every row was given; empty where there are several, or numbers. */
  Optional<String> onlyPredicted() {
    return only(predicted);
  }

  /** The one class that every row should have; empty where there are several, or numbers. */
  Optional<String> onlyActual() {
    return only(actual);
  }

  private Optional<String> only(double[] classes) {
    return isRegression() || !areEqual(classes)
        ? Optional.empty()
        : Optional.of(labels.get((int) classes[0]));
  }

  /** Whether there is one value alone. */
  static boolean areEqual(double[] values) {
    return Arrays.stream(values).allMatch(value -> value == values[0]);
  }

  /** Tribuo's evaluation of numbers. */
  RegressionEvaluation numbers() {
    if (numbers == null) {
      List<Prediction<Regressor>> rows = new ArrayList<>(actual.length);
      for (int i = 0; i < actual.length; i++) {
        Example<Regressor> row = new ArrayExample<>(new Regressor(NUMBER, actual[i]));
        rows.add(new Prediction<>(new Regressor(NUMBER, predicted[i]), 0, row));
      }
      Map<Regressor, Integer> domain = Map.of(new Regressor(NUMBER, Double.NaN), 0);
      numbers =
          new RegressionEvaluator()
              .evaluate(
                  new FineTunedModel<>(
                      new RegressionFactory().constructInfoForExternalModel(domain)),
                  rows,
                  new EmptyDatasetProvenance());
    }
    return numbers;
  }
}
