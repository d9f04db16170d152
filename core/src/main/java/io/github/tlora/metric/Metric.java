package io.github.tlora.metric;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.ToDoubleBiFunction;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;

/**
 * A score over a whole data set, from predicted and true classes or, of a regression, numbers.
 * Fractions, not percentages.
 */
public enum Metric {
  /** Share of rows whose class is right. */
  ACCURACY {
    @Override
    public double of(double[] predicted, double[] actual) {
      int right = 0;
      for (int i = 0; i < actual.length; i++) {
        right += predicted[i] == actual[i] ? 1 : 0;
      }
      return (double) right / actual.length;
    }
  },
  /** Accuracy on MNLI's mismatched rows, those of genres that the training rows do not have. */
  ACCURACY_MM {
    @Override
    public double of(double[] predicted, double[] actual) {
      return ACCURACY.of(predicted, actual);
    }
  },
  /** Harmonic mean of precision and recall of class 1; 0 where neither is defined. */
  F1 {
    @Override
    public double of(double[] predicted, double[] actual) {
      long truePositives = 0;
      long positives = 0; // predicted and actual ones together
      for (int i = 0; i < actual.length; i++) {
        truePositives += predicted[i] == 1 && actual[i] == 1 ? 1 : 0;
        positives += (predicted[i] == 1 ? 1 : 0) + (actual[i] == 1 ? 1 : 0);
      }
      return positives == 0 ? 0 : 2.0 * truePositives / positives;
    }
  },
  /** Matthews correlation of two classes; 0 where one class alone is predicted or present. */
  MATTHEWS {
    @Override
    public double of(double[] predicted, double[] actual) {
      double[][] cells = new double[2][2];
      for (int i = 0; i < actual.length; i++) {
        cells[(int) actual[i]][(int) predicted[i]]++;
      }
      double product =
          (cells[0][0] + cells[0][1])
              * (cells[1][0] + cells[1][1])
              * (cells[0][0] + cells[1][0])
              * (cells[0][1] + cells[1][1]);
      double covariance = cells[1][1] * cells[0][0] - cells[1][0] * cells[0][1];
      return product == 0 ? 0 : covariance / Math.sqrt(product);
    }
  },
  /**
   * Pearson's correlation of two columns of numbers, from -1 to 1; 0 where it is not defined: with
   * fewer than two rows, one number alone, or a number that is not finite.
   */
  PEARSON {
    @Override
    public double of(double[] predicted, double[] actual) {
      return correlation(new PearsonsCorrelation()::correlation, predicted, actual);
    }
  },
  /** Pearson's correlation of the ranks; equal numbers share the mean of theirs. */
  SPEARMAN {
    @Override
    public double of(double[] predicted, double[] actual) {
      return correlation(new SpearmansCorrelation()::correlation, predicted, actual);
    }
  };

  /**
   * The score of {@code predicted} against {@code actual}, two arrays of one length above 0.
   *
   * @param predicted the class, or the number, of each row
   * @param actual the same, as it should be
   */
  public abstract double of(double[] predicted, double[] actual);

  /** The score of classes. */
  public final double of(int[] predicted, int[] actual) {
    return of(
        Arrays.stream(predicted).asDoubleStream().toArray(),
        Arrays.stream(actual).asDoubleStream().toArray());
  }

  private static double correlation(
      ToDoubleBiFunction<double[], double[]> of, double[] predicted, double[] actual) {
    if (actual.length < 2 || !areFinite(predicted) || !areFinite(actual)) {
      return 0; // the library throws
    }
    double correlation = of.applyAsDouble(predicted, actual);
    return Double.isNaN(correlation) ? 0 : correlation; // one number alone has no deviation
  }

  private static boolean areFinite(double[] numbers) {
    return Arrays.stream(numbers).allMatch(Double::isFinite);
  }

  /** The name in results and files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
