package io.github.tlora.adapter;

import ai.djl.ndarray.NDArray;
import io.github.tlora.UserError;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Site;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.Ops;

/**
 * The largest singular values and vectors of a base weight, {@code W0 ~ up down}, computed once
 * when first values are drawn: the base is loaded then.
 */
final class TopSingular {
  private final Param weight;
  private final int rank;
  private float[] down; // (rank, in), with the singular values
  private float[] up; // (out, rank)

  private TopSingular(Param weight, int rank) {
    this.weight = weight;
    this.rank = rank;
  }

  static TopSingular of(Site site, ParamTable params, int rank) {
    int most = Math.min(site.in(), site.out());
    if (rank > most) {
      throw UserError.usage(
          "adapter.rank: "
              + rank
              + " is more than the "
              + most
              + " singular values of "
              + site.path()
              + ". Give a rank of "
              + most
              + " or less");
    }
    return new TopSingular(params.get(site.path() + ".weight"), rank);
  }

  /** (rank, in). */
  Init down() {
    return (count, stream) -> {
      compute();
      return down;
    };
  }

  /** (out, rank). */
  Init up() {
    return (count, stream) -> {
      compute();
      return up;
    };
  }

  /** (in, rank). */
  Init downTransposed() {
    return (count, stream) -> {
      compute();
      return transposed(down, rank);
    };
  }

  /** (rank, out). */
  Init upTransposed() {
    return (count, stream) -> {
      compute();
      return transposed(up, up.length / rank);
    };
  }

  private void compute() {
    if (down == null) {
      NDArray[] parts = Ops.topSingular(weight.array(), rank);
      down = parts[0].toFloatArray();
      up = parts[1].toFloatArray();
      parts[0].close();
      parts[1].close();
    }
  }

  private static float[] transposed(float[] matrix, int rows) {
    int columns = matrix.length / rows;
    float[] result = new float[matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      result[i % columns * rows + i / columns] = matrix[i];
    }
    return result;
  }
}
