package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs an op and a reference of plain DJL operations on equal leaves, and compares their values and
 * the gradients of every leaf. References never take a Java number as an operand: DJL's {@code
 * mul(Number)} and its like are what the ops exist to avoid.
 */
final class OpCheck {
  static final double TOLERANCE = 1e-5;

  private final NDManager manager;
  private final List<Leaf> leaves = new ArrayList<>();

  /** A tensor that the op is differentiated by. */
  private record Leaf(float[] values, Shape shape) {}

  /** What is compared; {@code step} makes its constants. */
  @FunctionalInterface
  interface Op {
    NDArray apply(NDManager step, NDArray... leaves);
  }

  /** Values of a result, and the gradient of its weighted sum by each leaf. */
  record Outcome(Shape shape, float[] values, List<float[]> gradients) {}

  OpCheck(NDManager manager) {
    this.manager = manager;
  }

  /** Adds a leaf of N(0, 1) values. */
  OpCheck leaf(long... shape) {
    Shape dimensions = new Shape(shape);
    SplitMix64 stream = new Seeds(1).stream("leaf " + leaves.size());
    leaves.add(new Leaf(stream.normal((int) dimensions.size(), 1), dimensions));
    return this;
  }

  /** Adds a leaf of each of {@code shapes}. */
  OpCheck leaves(long[]... shapes) {
    for (long[] shape : shapes) {
      leaf(shape);
    }
    return this;
  }

  /** Asserts that {@code op} and {@code reference} have equal values and equal gradients. */
  void agree(Op op, Op reference) {
    Outcome actual = run(op);
    Outcome expected = run(reference);
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(largestDifference(actual.values(), expected.values()))
        .as("largest difference of values")
        .isLessThanOrEqualTo(TOLERANCE);
    for (int i = 0; i < leaves.size(); i++) {
      float[] gradient = expected.gradients().get(i);
      assertThat(largestDifference(gradient, new float[gradient.length]))
          .as("largest gradient of leaf %d in the reference", i)
          .isGreaterThan(1e-3);
      assertThat(largestDifference(actual.gradients().get(i), gradient))
          .as("largest difference of gradients of leaf %d", i)
          .isLessThanOrEqualTo(TOLERANCE);
    }
  }

  /** The outcome of {@code op} on new arrays with the leaves' values. */
  Outcome run(Op op) {
    try (NDManager own = manager.newSubManager()) {
      NDArray[] arrays = leaves.stream().map(leaf -> leaf(own, leaf)).toArray(NDArray[]::new);
      try (Scope step = Scope.training(own)) {
        NDArray y = op.apply(step.manager(), arrays);
        float[] weights = new Seeds(2).stream("weights").normal((int) y.size(), 1);
        step.backward(y.mul(step.manager().create(weights, y.getShape())).sum());
        List<float[]> gradients = new ArrayList<>();
        for (NDArray array : arrays) {
          gradients.add(array.getGradient().toFloatArray());
        }
        return new Outcome(y.getShape(), y.toFloatArray(), gradients);
      }
    }
  }

  private static NDArray leaf(NDManager own, Leaf leaf) {
    try (NDArray fromJava = own.create(leaf.values(), leaf.shape())) {
      NDArray array = fromJava.duplicate();
      array.setRequiresGradient(true);
      return array;
    }
  }

  /** NaN where one of the arrays has one. */
  static double largestDifference(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
    }
    return largest;
  }

  /** A constant that is not differentiated by. */
  static NDArray constant(NDManager step, double value) {
    return step.create((float) value);
  }
}
