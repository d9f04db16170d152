package io.github.tlora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A dropout mask on the CPU: 0 for what is dropped, 1/(1-p) for the rest. It is drawn where it is
 * needed, and anew for the backward pass, rather than kept.
 *
 * <p>The engine draws a Bernoulli number an element. Here an element's 32 bits are a hash of its
 * place in the batch and of a key that each mask draws anew, in a loop of integer arithmetic alone
 * that the JVM turns into vector instructions. So masks are the same on every machine, and a thread
 * that has some of a batch's rows draws those rows of the whole batch's masks.
 */
final class DropoutMask {
  /** Elements hashed together: a block that stays in the first cache. */
  private static final int BLOCK = 4096;

  /** The places in a block: the JVM makes vectors of an array's elements, not of a loop's index. */
  private static final int[] PLACES = new int[BLOCK];

  static {
    Arrays.setAll(PLACES, i -> i);
  }

  /** No dropout: a mask that is not there. */
  static final DropoutMask NONE = new DropoutMask(null, null, 1, null);

  private static final ThreadLocal<Stream> STREAM =
      ThreadLocal.withInitial(() -> new Stream(new SplitMix64(0), new RowRange(0, 1, 1)));

  private final Shape shape;
  private final Hash hash; // null for no mask
  private final int groups;
  private final RowRange rows;

  private DropoutMask(Shape shape, Hash hash, int groups, RowRange rows) {
    this.shape = shape;
    this.hash = hash;
    this.groups = groups;
    this.rows = rows;
  }

  /** A thread's keys and rows. */
  private record Stream(SplitMix64 keys, RowRange rows) {}

  /**
   * Rows of a batch.
   *
   * @param first the first of them in the batch
   * @param count how many they are
   * @param all rows of the batch
   */
  record RowRange(int first, int count, int all) {}

  /** Starts this thread's stream of keys, for a whole batch. */
  static void seed(long seed) {
    seed(seed, new RowRange(0, 1, 1));
  }

  /** Starts this thread's stream of keys, for some rows of a batch. */
  static void seed(long seed, RowRange rows) {
    STREAM.set(new Stream(new SplitMix64(seed), rows));
  }

  /** With which seed this thread's stream goes on as it is about to. */
  static long state() {
    return STREAM.get().keys().state();
  }

  /** Goes on from {@code state} with the same rows. */
  static void goBack(long state) {
    seed(state, STREAM.get().rows());
  }

  /**
   * The thread's next mask.
   *
   * @param shape (rows or a multiple of them, ..., ...) or (rows, ...); a table of another size is
   *     no row's, and all threads draw the same of it
   * @param p share that is dropped, in [0, 1), exact to 2^-31
   */
  static DropoutMask next(Shape shape, double p) {
    return next(1, shape, p);
  }

  /**
   * The same where the rows are not outermost.
   *
   * @param groups how often the batch's rows are repeated in the first dimension: DeBERTa's heads
   */
  static DropoutMask next(int groups, Shape shape, double p) {
    if (p == 0) {
      return NONE;
    }
    Stream stream = STREAM.get();
    return new DropoutMask(shape, new Hash(stream.keys().nextLong(), p), groups, stream.rows());
  }

  /** Its values, in the engine's own memory: the same each time; empty for no mask. */
  List<NDArray> draw(NDManager owner) {
    if (hash == null) {
      return List.of();
    }
    NDArray mask = owner.create(shape, DataType.FLOAT32);
    IntBuffer values = mask.toByteBuffer(true).order(ByteOrder.nativeOrder()).asIntBuffer();
    boolean hasRows =
        shape.dimension() == 2
            ? shape.get(0) == rows.count()
            : shape.get(0) % ((long) groups * rows.count()) == 0;
    int group = values.remaining() / groups;
    int row = hasRows ? group / rows.count() : 0;
    for (int i = 0; i < groups; i++) {
      hash.fill(values.limit((i + 1) * group), (i * rows.all() + rows.first()) * row);
    }
    return List.of(mask);
  }

  /**
   * The bits of a mask's elements. The mixing steps and constants are those of C. Wellons' {@code
   * lowbias32}; the second half of the key enters between its multiplications, so that two masks
   * are not one sequence at two places.
   */
  private record Hash(int key, int key2, int threshold, int kept) {
    Hash(long key, double p) {
      this(
          (int) key,
          (int) (key >>> 32),
          (int) Math.min(Integer.MAX_VALUE, Math.round(p * 0x1.0p31)),
          Float.floatToRawIntBits((float) (1 / (1 - p))));
    }

    /** Fills {@code values} with the elements from {@code first} on. */
    void fill(IntBuffer values, int first) {
      int[] block = new int[Math.min(BLOCK, values.remaining())];
      for (int at = first; values.hasRemaining(); at += block.length) {
        fill(block, at, key, key2, threshold, kept);
        values.put(block, 0, Math.min(block.length, values.remaining()));
      }
    }

    private static void fill(int[] block, int first, int key, int key2, int threshold, int kept) {
      int[] places = PLACES;
      for (int i = 0; i < block.length; i++) {
        int h = (places[i] + first) ^ key;
        h = (h ^ (h >>> 16)) * 0x7feb352d;
        h = (h ^ (h >>> 15)) + key2;
        h = (h ^ (h >>> 13)) * 0x846ca68b;
        h = h ^ (h >>> 16);
        block[i] = ~(((h >>> 1) - threshold) >> 31) & kept; // the sign says: below the threshold
      }
    }
  }
}
