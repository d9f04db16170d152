package io.github.tlora.metric;

import java.util.Locale;

/** A score over a whole data set, from predicted and true classes. Fractions, not percentages. */
public enum Metric {
  /** Share of rows whose class is right. */
  ACCURACY {
    @Override
    public double of(int[] predicted, int[] actual) {
      int right = 0;
      for (int i = 0; i < actual.length; i++) {
        right += predicted[i] == actual[i] ? 1 : 0;
      }
      return (double) right / actual.length;
    }
  },
  /** Harmonic mean of precision and recall of class 1; 0 where neither is defined. */
  F1 {
    @Override
    public double of(int[] predicted, int[] actual) {
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
    public double of(int[] predicted, int[] actual) {
      double[][] cells = new double[2][2];
      for (int i = 0; i < actual.length; i++) {
        cells[actual[i]][predicted[i]]++;
      }
      double product =
          (cells[0][0] + cells[0][1])
              * (cells[1][0] + cells[1][1])
              * (cells[0][0] + cells[1][0])
              * (cells[0][1] + cells[1][1]);
      double covariance = cells[1][1] * cells[0][0] - cells[1][0] * cells[0][1];
      return product == 0 ? 0 : covariance / Math.sqrt(product);
    }
  };

  /** The score of {@code predicted} against {@code actual}, two arrays of one length above 0. */
  public abstract double of(int[] predicted, int[] actual);

  /** The name in results and files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
