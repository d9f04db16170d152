package io.github.tlora.metric;

import java.util.stream.LongStream;
import org.tribuo.classification.Label;
import org.tribuo.classification.evaluation.ConfusionMatrix;

/**
 * Rows by true and predicted class, as Tribuo counted them.
 *
 * @param cells rows of class i that are predicted to be j
 */
record Confusion(long[][] cells) {

  static Confusion of(Predictions rows) {
    ConfusionMatrix<Label> counted = rows.classes().getConfusionMatrix();
    int classes = rows.labels().size();
    long[][] cells = new long[classes][classes];
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < classes; j++) {
        cells[i][j] = (long) counted.confusion(Predictions.label(j), Predictions.label(i));
      }
    }
    return new Confusion(cells);
  }

  /** Rows of each class. */
  long[] actual() {
    return LongStream.range(0, cells.length)
        .map(i -> LongStream.of(cells[(int) i]).sum())
        .toArray();
  }

  /** Rows that are predicted to be of each class. */
  long[] predicted() {
    long[] sums = new long[cells.length];
    for (long[] row : cells) {
      for (int j = 0; j < row.length; j++) {
        sums[j] += row[j];
      }
    }
    return sums;
  }

  /**
   * Matthews correlation, Gorodkin's R_K for more than two classes: the covariance of predicted and
   * true classes over the root of their variances; 0 where one of those is 0.
   */
  double matthews() {
    long[] actual = actual();
    long[] predicted = predicted();
    double rows = LongStream.of(actual).sum();
    double right = 0;
    double both = 0;
    double ofActual = 0;
    double ofPredicted = 0;
    for (int i = 0; i < cells.length; i++) {
      right += cells[i][i];
      both += (double) actual[i] * predicted[i];
      ofActual += (double) actual[i] * actual[i];
      ofPredicted += (double) predicted[i] * predicted[i];
    }
    double variances = (rows * rows - ofPredicted) * (rows * rows - ofActual);
    return variances == 0 ? 0 : (right * rows - both) / Math.sqrt(variances);
  }
}
