package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.PackedWeight;
import io.github.tlora.tensor.Seeds;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;

/**
 * One tensor of the model: name, role and shape from the start, values once they are loaded or
 * drawn.
 */
public final class Param {
  private final String name;
  private final Role role;
  private Shape shape;
  private Init init;
  private NDArray array;
  private boolean isShared;
  private PackedWeight packed; // the same values, for products; or null
  private final int layer;
  private double rateFactor = 1;
  private Double learningRate;
  private Boolean decays;
  private boolean isBias;
  private Dtype dtype = Dtype.F32;
  private boolean trained;

  Param(String name, Role role, Shape shape, Init init, int layer) {
    this.layer = layer;
    this.name = name;
    this.role = role;
    this.shape = shape;
    this.init = init;
  }

  public String name() {
    return name;
  }

  public Role role() {
    return role;
  }

  public Shape shape() {
    return shape;
  }

  /** Number of elements. */
  public long size() {
    return shape.size();
  }

  /** How its values are kept. */
  public Dtype dtype() {
    return dtype;
  }

  /** Bytes of its values in memory. */
  public long bytes() {
    return size() * dtype.bytes();
  }

  /** The values. Throws {@link IllegalStateException} before they are loaded or drawn. */
  public NDArray array() {
    if (array == null && packed != null) {
      array = packed.unpack();
    }
    requireValues();
    return array;
  }

  public boolean hasValues() {
    return array != null || packed != null;
  }

  /** Whether the optimizer changes it. */
  public boolean isTrained() {
    return trained;
  }

  /** Says that it is a bias term. */
  Param asBias() {
    isBias = true;
    return this;
  }

  /** Whether it is a bias term of the base. */
  public boolean isBias() {
    return isBias;
  }

  /** Trains at {@code factor} times the learning rate of its role. */
  public Param withRateFactor(double factor) {
    rateFactor = factor;
    return this;
  }

  /** The factor on the learning rate of its role, 1 unless the method says otherwise. */
  public double rateFactor() {
    return rateFactor;
  }

  /** Trains at {@code rate}, whatever the rate of its role; null leaves it so. */
  public Param withLearningRate(Double rate) {
    learningRate = rate;
    return this;
  }

  /** The peak learning rate that the method gives it; empty where its role decides. */
  public Optional<Double> learningRate() {
    return Optional.ofNullable(learningRate);
  }

  /** The encoder layer that it belongs to, from 0; -1 for what belongs to none, or to all. */
  public int layer() {
    return layer;
  }

  /** Has it decay or not, whatever the recipe says of tensors of its shape; null leaves it so. */
  public Param withDecay(Boolean whether) {
    decays = whether;
    return this;
  }

  /** Whether it decays; empty where the recipe decides by its shape. */
  public Optional<Boolean> decays() {
    return Optional.ofNullable(decays);
  }

  /** Takes {@code values} as its own; what it held before is closed, unless it is another's. */
  public void set(NDArray values) {
    requireShape(values.getShape());
    if (array != null && !isShared) {
      array.close();
    }
    dropPacked();
    array = values;
    isShared = false;
    array.setRequiresGradient(trained);
  }

  /** Uses the values of {@code other}, which stay the other's; not for what is trained. */
  public void share(Param other) {
    other.requireValues();
    requireShape(other.shape);
    array = other.array;
    dtype = other.dtype();
    packed = other.packed;
    isShared = true;
  }

  /**
   * Uses the values of {@code other} as {@link #share} does, but gathers gradients of its own where
   * the other is trained. The optimizer's changes, made in place, are seen here too.
   *
   * @param owner closes what is held for it
   */
  public void follow(Param other, NDManager owner) {
    share(other);
    trained = other.trained;
    if (trained) {
      array = other.array().stopGradient(); // another view of the same values
      array.attach(owner);
      array.setRequiresGradient(true);
    }
  }

  /**
   * Lays the values of a frozen F32 matrix out for products, where the engine can. They then are
   * there in that form alone, until {@link #array} is asked for.
   *
   * @param forGradients whether gradients of the products' inputs will be asked for
   * @param keepsArray whether {@link #array} will be asked for again and again
   */
  public void pack(boolean forGradients, boolean keepsArray) {
    boolean isEnough = packed != null && (packed.hasGradients() || !forGradients);
    if (isEnough || !PackedWeight.isSupported(array().getManager())) {
      return;
    }
    PackedWeight before = packed;
    packed = PackedWeight.of(array, forGradients);
    if (before != null && !isShared) {
      before.close();
    }
    if (!keepsArray) {
      if (!isShared) {
        array.close();
      }
      array = null;
      isShared = false;
    }
  }

  /** Drops what {@link #pack} made; the array stays. */
  private void dropPacked() {
    if (packed != null && !isShared) {
      packed.close();
    }
    packed = null;
  }

  /** Its values as {@link #pack} laid them out. */
  public Optional<PackedWeight> packed() {
    return Optional.ofNullable(packed);
  }

  /** A copy of its values, which the caller closes. */
  public NDArray copy() {
    return array().duplicate();
  }

  /** Writes {@code values} over its own, also where others share them. */
  public void overwrite(NDArray values) {
    requireShape(values.getShape());
    Ops.copyInto(array(), values);
    dropPacked();
  }

  private void requireShape(Shape other) {
    if (!other.equals(shape)) {
      throw new IllegalArgumentException(name + " has shape " + shape + ", not " + other);
    }
  }

  private void requireValues() {
    if (!hasValues()) {
      throw new IllegalStateException(name + " has no values yet");
    }
  }

  /** Becomes as large as {@code other} where that is larger, before it has values. */
  void growTo(Shape other, Function<Shape, Init> init) {
    if (array != null) {
      throw new IllegalStateException(name + " has its values already");
    }
    long[] larger = shape.getShape().clone();
    Arrays.setAll(larger, i -> Math.max(larger[i], other.get(i)));
    shape = new Shape(larger);
    this.init = init.apply(shape);
  }

  /**
   * Copies stored values into memory that {@code manager} owns.
   *
   * @param values as {@link io.github.tlora.tensor.WeightSource#bytes} gives them
   */
  public void fill(ByteBuffer values, Dtype stored, NDManager manager) {
    set(Ops.weight(values, stored, dtype, shape, manager));
  }

  /** Says that a tensor called {@code stored} of {@code other} shape does not fit, if so. */
  public Optional<String> misfit(String stored, long[] other) {
    return Arrays.equals(other, shape.getShape())
        ? Optional.empty()
        : Optional.of(
            stored
                + " has shape "
                + Arrays.toString(other)
                + ", not "
                + Arrays.toString(shape.getShape()));
  }

  /** Draws its first values from its own stream. */
  void draw(NDManager manager, Seeds seeds) {
    fill(init.values(Math.toIntExact(size()), seeds.stream(name)), manager);
  }

  /** Copies {@code values}, row by row, into memory that {@code manager} owns. */
  public void fill(float[] values, NDManager manager) {
    try (NDArray fromJava = manager.create(FloatBuffer.wrap(values), shape)) {
      set(fromJava.duplicate()); // the original is Java memory
    }
  }

  /**
   * Takes values such as a pretrained model's: matrices small and random, gains 1, biases 0. For
   * measurements without a checkpoint.
   */
  public void makeUp(NDManager manager) {
    if (shape.dimension() > 1) {
      set(Ops.normal(shape, 0.02, dtype, manager));
    } else {
      float[] values = new float[Math.toIntExact(size())];
      Arrays.fill(values, isBias ? 0 : 1);
      fill(values, manager);
    }
  }

  void keepAs(Dtype other) {
    if (array != null) {
      throw new IllegalStateException(name + " has its values already");
    }
    dtype = other;
  }

  void setTrained(boolean trained) {
    this.trained = trained;
    if (trained && packed != null) {
      array();
      dropPacked();
    }
    if (array != null) {
      array.setRequiresGradient(trained);
    }
  }

  @Override
  public String toString() {
    return name + " " + role + " " + shape;
  }
}
