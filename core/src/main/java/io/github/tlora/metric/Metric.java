package io.github.tlora.metric;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import org.tribuo.classification.evaluation.LabelEvaluation;

/**
 * A score over a whole data set, from predicted and true classes or, of a regression, numbers.
 * Fractions, not percentages. Where the formula divides by zero the score is 0, never NaN, and
 * {@link #undefined} says why.
 */
public enum Metric {
  /** Share of rows whose class is right. */
  ACCURACY {
    @Override
    public double of(Predictions rows) {
      return rows.classes().accuracy();
    }
  },
  /** Accuracy on MNLI's mismatched rows, those of genres that the training rows do not have. */
  ACCURACY_MM {
    @Override
    public double of(Predictions rows) {
      return ACCURACY.of(rows);
    }
  },
  /** Harmonic mean of precision and recall of class 1; 0 where neither is defined. */
  F1 {
    @Override
    public double of(Predictions rows) {
      return rows.classes().f1(Predictions.label(1));
    }

    @Override
    Optional<String> fault(Predictions rows) {
      LabelEvaluation classes = rows.classes();
      double positives =
          classes.tp(Predictions.label(1))
              + classes.fp(Predictions.label(1))
              + classes.fn(Predictions.label(1));
      return positives > 0
          ? Optional.empty()
          : Optional.of("no row is '" + rows.labels().get(1) + "' or predicted to be");
    }
  },
  /**
   * Matthews correlation of two or more classes, from -1 to 1; 0 where one class alone is predicted
   * or present.
   */
  MATTHEWS {
    @Override
    public double of(Predictions rows) {
      return Confusion.of(rows).matthews();
    }

    @Override
    Optional<String> fault(Predictions rows) {
      return rows.onlyPredicted()
          .map(label -> "every row is predicted to be '" + label + "'")
          .or(() -> rows.onlyActual().map(label -> "every row is '" + label + "'"));
    }
  },
  /**
   * Pearson's correlation of two columns of numbers, from -1 to 1; 0 where it is not defined: with
   * fewer than two rows, one number alone, or a number that is not finite.
   */
  PEARSON {
    @Override
    public double of(Predictions rows) {
      return correlation(new PearsonsCorrelation()::correlation, rows);
    }

    @Override
    Optional<String> fault(Predictions rows) {
      return correlationFault(rows);
    }
  },
  /** Pearson's correlation of the ranks; equal numbers share the mean of theirs. */
  SPEARMAN {
    @Override
    public double of(Predictions rows) {
      return correlation(
          (a, b) -> new SpearmansCorrelation().correlation(oneZero(a), oneZero(b)), rows);
    }

    @Override
    Optional<String> fault(Predictions rows) {
      return correlationFault(rows);
    }
  };

  /** The score of {@code rows}. */
  public abstract double of(Predictions rows);

  /** Why the score of {@code rows} is not defined, where it is not. */
  Optional<String> fault(Predictions rows) {
    return Optional.empty();
  }

  /** A sentence that says that the score of {@code rows} is not defined, and why; mostly empty. */
  public final Optional<String> undefined(Predictions rows) {
    return fault(rows).map(why -> key() + " is not defined, 0 stands for it: " + why);
  }

  /** The score of numbers. */
  public final double of(double[] predicted, double[] actual) {
    return of(Predictions.ofNumbers(predicted, actual));
  }

  /** The score of classes from 0. */
  public final double of(int[] predicted, int[] actual) {
    int last = IntStream.concat(Arrays.stream(predicted), Arrays.stream(actual)).max().orElse(0);
    return of(
        Predictions.ofClasses(
            IntStream.rangeClosed(0, Math.max(1, last)).mapToObj(Integer::toString).toList(),
            predicted,
            actual));
  }

  private static double correlation(ToDoubleBiFunction<double[], double[]> of, Predictions rows) {
    if (correlationFault(rows).isPresent()) {
      return 0; // the library throws, or gives what rounding leaves
    }
    double correlation = of.applyAsDouble(rows.predicted(), rows.actual());
    return Double.isNaN(correlation) ? 0 : correlation;
  }

  /** Makes every -0 a 0: the library's ranking tells them apart. */
  private static double[] oneZero(double[] numbers) {
    return Arrays.stream(numbers).map(number -> number + 0.0).toArray();
  }

  private static Optional<String> correlationFault(Predictions rows) {
    if (rows.size() < 2) {
      return Optional.of("there is one row");
    }
    return numberFault("predicted", rows.predicted()).or(() -> numberFault("true", rows.actual()));
  }

  private static Optional<String> numberFault(String which, double[] numbers) {
    if (!Arrays.stream(numbers).allMatch(Double::isFinite)) {
      return Optional.of("a " + which + " number is not finite");
    }
    if (Predictions.areEqual(numbers)) {
      return Optional.of("every " + which + " number is " + numbers[0]);
    }
    return Optional.empty();
  }

  /**
   * The metric of that key.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static Metric named(String key) {
    return valueOf(key.toUpperCase(Locale.ROOT));
  }

  /** The name in results and files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
