package io.github.tlora.tensor;

import java.util.Arrays;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.QRDecomposition;
import org.apache.commons.math3.linear.RealMatrix;

/** How a tensor starts: values drawn from its own named stream, never from the engine. */
@FunctionalInterface
public interface Init {
  /** {@code count} first values, row by row. */
  float[] values(int count, SplitMix64 stream);

  /** All zeros. */
  static Init zeros() {
    return (count, stream) -> new float[count];
  }

  /** All ones. */
  static Init ones() {
    return filled(1);
  }

  /** The same value everywhere. */
  static Init filled(double value) {
    return (count, stream) -> {
      float[] values = new float[count];
      Arrays.fill(values, (float) value);
      return values;
    };
  }

  /** N(0, deviation^2) without what is further than two deviations from 0. */
  static Init truncatedNormal(double deviation) {
    return (count, stream) -> stream.truncatedNormal(count, deviation);
  }

  /**
   * A matrix (rows, columns) with orthonormal columns, or rows where it has fewer of these: the
   * orthogonal factor of a matrix of N(0, 1), signs such that it is unique.
   */
  static Init orthogonal(int rows, int columns) {
    int tall = Math.max(rows, columns);
    int narrow = Math.min(rows, columns);
    return (count, stream) -> {
      float[] drawn = stream.normal(count, 1);
      double[][] matrix = new double[tall][narrow];
      for (int i = 0; i < count; i++) {
        matrix[i / narrow][i % narrow] = drawn[i];
      }
      QRDecomposition qr = new QRDecomposition(new Array2DRowRealMatrix(matrix, false));
      RealMatrix q = qr.getQ();
      RealMatrix r = qr.getR();
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        int row = i / columns;
        int column = i % columns;
        int longer = rows >= columns ? row : column;
        int shorter = rows >= columns ? column : row;
        values[i] =
            (float) (Math.signum(r.getEntry(shorter, shorter)) * q.getEntry(longer, shorter));
      }
      return values;
    };
  }

  /** N(0, deviation^2). */
  static Init normal(double deviation) {
    return (count, stream) -> stream.normal(count, deviation);
  }

  /** U(-bound, bound). */
  static Init uniform(double bound) {
    return (count, stream) -> stream.uniform(count, bound);
  }
}
