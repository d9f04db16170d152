package io.github.tlora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * Every differentiated operation of the encoders, adapters and losses, each one native call.
 *
 * <p>Numbers travel as arguments: DJL's own {@code NDArray.mul(Number)} and its like wrap them in
 * Java memory that may be collected before the backward pass, which gives wrong gradients without
 * an error. A result belongs to the manager of the first array that came from the step.
 *
 * <p>Letters in comments: B rows, T tokens, D width, H heads, R rank.
 */
public final class Ops {
  private Ops() {}

  /**
   * Copies stored numbers into memory of the engine.
   *
   * @param bytes little-endian, row by row, from position 0 of a direct buffer, mapped or not
   * @param kept how the array keeps them; F16 and BF16 only as weights of the ops below
   */
  public static NDArray weight(
      ByteBuffer bytes, Dtype stored, Dtype kept, Shape shape, NDManager manager) {
    if (stored == Dtype.BF16) {
      return widened(bytes, stored, kept, shape, manager);
    }
    DataType type = stored == Dtype.F32 ? DataType.FLOAT32 : DataType.FLOAT16;
    try (NDArray fromJava = manager.create(bytes, shape, type)) {
      return on(fromJava, "cast", fromJava, number(kept));
    }
  }

  /** Numbers of N(0, deviation^2) from the engine's own generator: fast, and not the same twice. */
  public static NDArray normal(Shape shape, double deviation, Dtype kept, NDManager manager) {
    int size = Math.toIntExact(shape.size());
    try (NDArray like = manager.create(0f);
        NDArray flat = on(like, "normal", size, like, deviation, number(kept))) {
      return flat.reshape(shape);
    }
  }

  /**
   * Copies numbers of a batch to the device of {@code manager}, int64. A GPU fetches them from
   * pinned memory on its own, while Java goes on.
   */
  public static NDArray toDevice(long[] values, NDManager manager) {
    if (Torch.isOnCpu(manager)) {
      return manager.create(values);
    }
    try (NDArray here = Torch.processManager().create(values)) {
      return OpPack.get()
          .tensor(manager, "pinned_to", here, "cuda:" + manager.getDevice().getDeviceId());
    }
  }

  /** Three arrays of {@code rows} rows each that lie one after the other in {@code flat}. */
  public static NDArray[] threeParts(NDArray flat, int rows) {
    return OpPack.get().tensors(flat.getManager(), "parts", flat, rows);
  }

  /** DJL has no BF16: its numbers go through F32, block by block, so that little memory is used. */
  private static NDArray widened(
      ByteBuffer bytes, Dtype stored, Dtype kept, Shape shape, NDManager manager) {
    int size = Math.toIntExact(shape.size());
    int most = Math.min(size, 1 << 20);
    ByteBuffer block = ByteBuffer.allocateDirect(4 * most).order(ByteOrder.LITTLE_ENDIAN);
    try (NDArray like = manager.create(0f);
        NDArray flat = on(like, "empty", size, like, number(kept))) {
      for (int first = 0; first < size; first += most) {
        int count = Math.min(most, size - first);
        stored.widen(bytes, first, block.limit(4 * count), count);
        try (NDArray values = manager.create(block, new Shape(count), DataType.FLOAT32)) {
          OpPack.get().count("put", flat, first, values);
        }
      }
      return flat.reshape(shape);
    }
  }

  /** The engine's number of a type. */
  private static int number(Dtype dtype) {
    return switch (dtype) {
      case F16 -> 5;
      case F32 -> 6;
      case BF16 -> 15;
    };
  }

  /**
   * {@code x w^T + b}; x (..., in), w (out, in), b (out) or null. With w in half precision the
   * product takes x in w's type, accumulates in F32, and gives F32.
   */
  public static NDArray linear(NDArray x, NDArray w, NDArray b) {
    return b == null ? on(x, "linear_without_bias", x, w) : on(x, "linear", x, w, b);
  }

  /**
   * The same product computed in {@code dtype} and left in it, whatever types x, w and b have; in
   * F32 exactly {@link #linear(NDArray, NDArray, NDArray)}.
   */
  public static NDArray linear(NDArray x, NDArray w, NDArray b, Dtype dtype) {
    if (dtype == Dtype.F32) {
      return linear(x, w, b);
    }
    return b == null
        ? on(x, "linear_in_without_bias", x, w, number(dtype))
        : on(x, "linear_in", x, w, b, number(dtype));
  }

  /** x in F32, differentiably: x itself where it is that. */
  public static NDArray inF32(NDArray x) {
    return x.getDataType() == DataType.FLOAT32 ? x : on(x, "as_type", x, number(Dtype.F32));
  }

  /** {@link #linear(NDArray, NDArray, NDArray)} with w and b that gather no gradient here. */
  public static NDArray frozenLinear(NDArray x, NDArray w, NDArray b) {
    if (w.getDataType() != DataType.FLOAT32) {
      return linear(x, w, b);
    }
    List<NDArray> bias = b == null ? List.of() : List.of(b);
    return taped("linear", new NDArray[] {x}, w, bias).orElseGet(() -> linear(x, w, b));
  }

  /** {@code y + scaling * dropout(x) a^T b^T}; a (R, in), b (out, R). */
  public static NDArray lora(
      NDArray x, NDArray y, NDArray a, NDArray b, double scaling, double dropout) {
    NDArray dropped = dropout(x, dropout);
    return taped("lora", new NDArray[] {dropped, y, a, b}, scaling)
        .orElseGet(() -> on(x, "lora", dropped, y, a, b, scaling));
  }

  /** {@code w0 + scaling * b a}; (out, in). */
  public static NDArray loraWeight(NDArray w0, NDArray a, NDArray b, double scaling) {
    return on(w0, "lora_weight", w0, a, b, scaling);
  }

  /** {@code y + dropout(alpha * x a b c)}; a (in, R), b (R, R), c (R, out), alpha (1). */
  public static NDArray tlora(
      NDArray x, NDArray y, NDArray a, NDArray b, NDArray c, NDArray alpha, double dropout) {
    if (dropout > 0) {
      return addDropped(y, on(x, "tlora_update", x, a, b, c, alpha), dropout);
    }
    return hasGradient(a) || hasGradient(c)
        ? on(x, "tlora", x, y, a, b, c, alpha)
        : taped("tlora", new NDArray[] {x, y, b, alpha}, a, c)
            .orElseGet(() -> on(x, "tlora", x, y, a, b, c, alpha));
  }

  /** {@code alpha * (b c)^T}, which times a^T is TLoRA's update of the weight; (out, R). */
  public static NDArray tloraUp(NDArray b, NDArray c, NDArray alpha) {
    return on(b, "tlora_up", b, c, alpha);
  }

  /** {@code factor * x}. */
  public static NDArray scaled(NDArray x, double factor) {
    return on(x, "scaled", x, factor);
  }

  /** {@code y + scaling * dropout(x) a^T m^T b^T}; a (R, in), m (R, R), b (out, R). */
  public static NDArray loraXs(
      NDArray x, NDArray y, NDArray a, NDArray m, NDArray b, double scaling, double dropout) {
    return on(x, "lora_xs", dropout(x, dropout), y, a, m, b, scaling);
  }

  /**
   * {@code y + (((dropout(x) a^T) * d) b^T) * e}.
   *
   * @param a (R, in or more), of which the first columns are used
   * @param b (out or more, R), of which the first rows are used
   * @param d (R)
   * @param e (out)
   */
  public static NDArray vera(
      NDArray x, NDArray y, NDArray a, NDArray b, NDArray d, NDArray e, double dropout) {
    return on(x, "vera", dropout(x, dropout), y, a, b, d, e);
  }

  /** {@code e * b[:out] * d}, which times a[:, :in] is VeRA's update; (out, R). */
  public static NDArray veraUp(NDArray b, NDArray d, NDArray e) {
    return on(b, "vera_up", b, d, e);
  }

  /** The first {@code columns} columns of {@code a}. */
  public static NDArray firstColumns(NDArray a, long columns) {
    return on(a, "first_columns", a, columns);
  }

  /**
   * DoRA's output: y with the rows of {@code w + scaling * b a} brought to the lengths {@code m}.
   * The rows' own lengths are constants to the backward pass (arXiv 2402.09353, section 4.3).
   *
   * @param y {@code x w^T + bias}
   * @param w (out, in), of any type
   * @param bias (out), or null
   * @param m (out)
   */
  public static NDArray dora(
      NDArray x,
      NDArray y,
      NDArray w,
      NDArray bias,
      NDArray a,
      NDArray b,
      NDArray m,
      double scaling,
      double dropout) {
    boolean hasBias = bias != null;
    return on(
        x,
        "dora",
        dropout(x, dropout),
        dropout > 0,
        y,
        w,
        hasBias ? bias : m, // an op takes no null: the flag says that it is not read
        hasBias,
        a,
        b,
        m,
        scaling);
  }

  /** Length of each row of {@code w + scaling * b a}: (out, 1). */
  public static NDArray doraNorms(NDArray w, NDArray a, NDArray b, double scaling) {
    return on(w, "dora_norms", w, a, b, scaling);
  }

  /** Length of each row of {@code w}: (out). */
  public static NDArray rowNorms(NDArray w) {
    return on(w, "row_norms", w);
  }

  /**
   * The {@code rank} largest singular values and vectors of w (out, in): {@code up down} is the
   * nearest matrix of that rank. Signs are such that the entry of largest size in each column of
   * {@code up} is positive.
   *
   * @return down (rank, in) with the singular values in it, up (out, rank) with columns of length 1
   */
  public static NDArray[] topSingular(NDArray w, int rank) {
    return OpPack.get().tensors(w.getManager(), "top_singular", w, rank);
  }

  /** x (B, T, D) with the vectors (l, D) after the first position: (B, T + l, D). */
  public static NDArray insertAfterFirst(NDArray x, NDArray vectors) {
    return on(x, "insert_after_first", x, vectors);
  }

  /** x (B, T, D) with the vectors (l, D) in place of positions 1 to l. */
  public static NDArray replaceAfterFirst(NDArray x, NDArray vectors) {
    return on(x, "replace_after_first", x, vectors);
  }

  /** x (B, T + l, D) without positions 1 to l: (B, T, D). */
  public static NDArray removeAfterFirst(NDArray x, int length) {
    return on(x, "remove_after_first", x, length);
  }

  /** The mask (B, T) with {@code length} ones after the first position: (B, T + length). */
  public static NDArray extendMask(NDArray mask, int length) {
    return on(mask, "extend_mask", mask, length);
  }

  /** Whether anything that is trained had part in {@code x}. */
  public static boolean hasGradient(NDArray x) {
    return OpPack.get().count("has_gradient", x) == 1;
  }

  /** Writes {@code values} over those of {@code target}, in place. */
  public static void copyInto(NDArray target, NDArray values) {
    boolean recording = JniUtils.isGradMode();
    JniUtils.setGradMode(false);
    try {
      OpPack.get().count("copy_into", target, values);
    } finally {
      JniUtils.setGradMode(recording);
    }
  }

  /** Rows of {@code table} (n, D) at {@code ids} (B, T): (B, T, D). */
  public static NDArray embedding(NDArray table, NDArray ids) {
    return on(ids, "embedding", table, ids);
  }

  /** {@code count} rows of a weight from {@code first}, as an array of the step. */
  public static NDArray rows(NDArray step, NDArray table, long first, long count) {
    return OpPack.get().tensor(step.getManager(), "rows", table, first, count);
  }

  /** The first {@code count} positions of x (B, T, D): (B, count, D); x itself where T is that. */
  public static NDArray firstPositions(NDArray x, long count) {
    return x.getShape().get(1) == count ? x : on(x, "first_positions", x, count);
  }

  /** {@code parts}, which differ in their first dimension only, one after the other. */
  public static NDArray stackRows(List<NDArray> parts) {
    return parts.size() == 1 ? parts.get(0) : on(parts.get(0), "stack_rows", parts);
  }

  /** {@code count} rows of {@code table} from {@code first}. */
  public static NDArray middleRows(NDArray table, long first, long count) {
    return on(table, "middle_rows", table, first, count);
  }

  /** Positions 0 .. T-1 for ids (B, T): (1, T). */
  public static NDArray positions(NDArray ids) {
    return on(ids, "positions", ids);
  }

  /**
   * RoBERTa's positions: the padding id plus 1, 2, ... for real tokens, the id itself for padding.
   */
  public static NDArray positionsAfterPadding(NDArray ids, int padding) {
    return on(ids, "positions_after_padding", ids, padding);
  }

  /** Layer normalisation over the last dimension. */
  public static NDArray layerNorm(NDArray x, NDArray gain, NDArray bias, double epsilon) {
    return on(x, "layer_norm", x, gain, bias, epsilon);
  }

  /** {@code layerNorm(dropout(x) + residual)}; gain and bias gather no gradient here. */
  public static NDArray frozenResidualNorm(
      NDArray x, NDArray residual, NDArray gain, NDArray bias, double epsilon, double dropout) {
    NDArray[] inputs = {x, residual};
    return Tape.recording(inputs)
        .map(
            tape -> {
              DropoutMask mask = DropoutMask.next(x.getShape(), dropout);
              return tape.record(
                  OpPack.taped(), "residual_norm", inputs, gain, bias, epsilon, mask);
            })
        .orElseGet(() -> layerNorm(addDropped(residual, x, dropout), gain, bias, epsilon));
  }

  /** Zeroes a share {@code p} of the elements and scales the rest by 1/(1-p). */
  public static NDArray dropout(NDArray x, double p) {
    if (p == 0) {
      return x;
    }
    return Torch.isOnCpu(x.getManager())
        ? on(x, "mul", x, drawn(DropoutMask.next(x.getShape(), p), x))
        : on(x, "dropout", x, p);
  }

  private static NDArray drawn(DropoutMask mask, NDArray owner) {
    return mask.draw(owner.getManager()).get(0);
  }

  /** {@code x + dropout(y)}. */
  public static NDArray addDropped(NDArray x, NDArray y, double p) {
    return p > 0 && Torch.isOnCpu(y.getManager())
        ? on(y, "add_product", x, y, drawn(DropoutMask.next(y.getShape(), p), y))
        : x.add(dropout(y, p));
  }

  /** GELU, exact or by tanh. */
  public static NDArray gelu(NDArray x, boolean tanh) {
    String form = tanh ? "tanh" : "none";
    return taped("gelu", new NDArray[] {x}, form).orElseGet(() -> on(x, "gelu", x, form));
  }

  /** The larger of x and 0. */
  public static NDArray relu(NDArray x) {
    return on(x, "relu", x);
  }

  /** {@code x * sigmoid(x)}. */
  public static NDArray silu(NDArray x) {
    return on(x, "silu", x);
  }

  /** The additive mask of attention in F32. */
  public static NDArray additiveMask(NDArray mask) {
    return additiveMask(mask, Dtype.F32);
  }

  /**
   * 0 where {@code mask} (B, T) is 1 and the type's lowest number elsewhere: (B, 1, 1, K). K is T
   * rounded up to a multiple of 16: rows of scores that fill whole vectors take a fraction of the
   * time, and a GPU's attention takes such a mask as it is.
   *
   * @param dtype in which the attention that is given the mask computes its products
   */
  public static NDArray additiveMask(NDArray mask, Dtype dtype) {
    return on(mask, "additive_mask", mask, number(dtype), dtype.lowest());
  }

  /**
   * Multi-head attention, {@code dropout(softmax(q k^T / sqrt(D/H) + mask)) v}, its products and
   * its result in the mask's type, the softmax in F32.
   *
   * @param q queries (B, S, D)
   * @param k keys (B, T, D); v alike
   * @param mask from {@link #additiveMask}, (B, 1, 1, K)
   */
  public static NDArray attention(
      NDArray q, NDArray k, NDArray v, NDArray mask, int heads, double dropout) {
    NDArray[] inputs = {q, k, v};
    Optional<Tape> tape = Tape.recording(inputs);
    if (tape.isPresent()) {
      return tape.get()
          .record(
              OpPack.taped(),
              "attention",
              inputs,
              mask,
              heads,
              ofScores(1, q, mask, heads, dropout),
              k.getShape().get(1));
    }
    return dropout > 0 && Torch.isOnCpu(q.getManager())
        ? on(
            q,
            "attention_with_drop",
            q,
            k,
            v,
            mask,
            heads,
            drawn(ofScores(1, q, mask, heads, dropout), q))
        : on(q, "attention", q, k, v, mask, heads, dropout);
  }

  /**
   * A mask for the probabilities of every row and head: (B H, S, K).
   *
   * @param groups how often the rows are repeated in the first dimension: 1 with the heads inside
   */
  private static DropoutMask ofScores(int groups, NDArray q, NDArray mask, int heads, double p) {
    Shape queries = q.getShape();
    Shape shape = new Shape(queries.get(0) * heads, queries.get(1), mask.getShape().get(3));
    return DropoutMask.next(groups, shape, p);
  }

  /**
   * DeBERTa's relative positions -(T-1) .. T-1, in logarithmic buckets where {@code buckets} and
   * {@code longest} are above 0 (arXiv 2006.03654; v2's bucketing): (2T - 1).
   *
   * @param size T
   */
  public static NDArray relativeDistances(NDArray like, int size, int buckets, int longest) {
    return on(like, "relative_distances", like, size, buckets, longest);
  }

  /**
   * The row of each distance in a table whose row {@code middle} is that of distance 0; its first
   * and last rows stand for all that are further apart.
   *
   * @param table (n, D)
   * @param distances from {@link #relativeDistances}
   * @return (2T - 1, D)
   */
  public static NDArray rowsByDistance(NDArray table, NDArray distances, int middle) {
    return on(table, "rows_by_distance", table, distances, middle);
  }

  /**
   * Disentangled attention (arXiv 2006.03654, eq. 4): content to content, content to position and
   * position to content, over sqrt(D/H * number of terms). Types are as those of {@link
   * #attention}.
   *
   * @param q queries of the first S positions (B, S, D)
   * @param k keys (B, T, D); v alike
   * @param posKey keys of the distances -(K-1) .. K-1 (2K - 1, D), or null without
   *     content-to-position
   * @param posQuery queries of the distances (2K - 1, D), or null without position-to-content
   * @param mask from {@link #additiveMask}, (B, 1, 1, K)
   */
  public static NDArray disentangledAttention(
      NDArray q,
      NDArray k,
      NDArray v,
      NDArray posKey,
      NDArray posQuery,
      NDArray mask,
      int heads,
      double dropout) {
    boolean toKeys = posKey != null;
    boolean toQueries = posQuery != null;
    // An op takes no null: the flags say that the mask is not read in the place of a table.
    NDArray[] inputs = {q, k, v, toKeys ? posKey : mask, toQueries ? posQuery : mask};
    Optional<Tape> tape = Tape.recording(inputs);
    if (tape.isPresent()) {
      return tape.get()
          .record(
              OpPack.taped(),
              "disentangled_attention",
              inputs,
              toKeys,
              toQueries,
              mask,
              heads,
              ofScores(heads, q, mask, heads, dropout),
              k.getShape().get(1));
    }
    boolean draws = dropout > 0 && Torch.isOnCpu(q.getManager());
    return on(
        q,
        "disentangled_attention",
        q,
        k,
        v,
        inputs[3],
        inputs[4],
        toKeys,
        toQueries,
        mask,
        heads,
        draws ? drawn(ofScores(heads, q, mask, heads, dropout), q) : q,
        draws,
        dropout);
  }

  /**
   * Parts DeBERTa-v1's projection (B, T, 3D), whose rows alternate by head, and adds its biases.
   */
  public static NDArray[] splitQkv(NDArray qkv, int heads, NDArray queryBias, NDArray valueBias) {
    return OpPack.get()
        .tensors(qkv.getManager(), "split_heads_qkv", qkv, heads, queryBias, valueBias);
  }

  /** Convolution along T of x (B, T, D) with w (D, D/groups, width). */
  public static NDArray convolution(NDArray x, NDArray w, NDArray b, int padding, int groups) {
    return on(x, "convolution", x, w, b, padding, groups);
  }

  /** x (B, T, D) with the states of padding set to 0. */
  public static NDArray masked(NDArray x, NDArray mask) {
    return on(x, "masked", x, mask);
  }

  /** The first token's state: (B, D). */
  public static NDArray firstToken(NDArray states) {
    return on(states, "first_token", states);
  }

  /** Mean of the states (B, T, D) where {@code mask} (B, T) is 1: (B, D). */
  public static NDArray meanPool(NDArray states, NDArray mask) {
    return on(states, "mean_pool", states, mask);
  }

  public static NDArray tanh(NDArray x) {
    return on(x, "tanh", x);
  }

  /** {@code scale} times the mean cross-entropy of logits (B, labels) and labels (B). */
  public static NDArray crossEntropy(NDArray logits, NDArray labels, double scale) {
    return crossEntropy(logits, labels, null, 0, scale);
  }

  /**
   * {@code scale} times {@code torch.nn.functional.cross_entropy}.
   *
   * @param weights of each class (labels), by whose sum over the rows the loss is divided; or null
   * @param smoothing share of a row's target that is spread over all classes
   */
  public static NDArray crossEntropy(
      NDArray logits, NDArray labels, NDArray weights, double smoothing, double scale) {
    boolean isWeighted = weights != null;
    NDArray given = isWeighted ? weights : logits; // an op takes no null
    return on(logits, "cross_entropy", logits, labels, given, isWeighted, smoothing, scale);
  }

  /** {@code scale} times the mean squared error of logits (B, 1) and labels (B). */
  public static NDArray meanSquaredError(NDArray logits, NDArray labels, double scale) {
    return on(logits, "mean_squared_error", logits, labels, scale);
  }

  /**
   * Scales all gradients down so that their Euclidean norm together is at most {@code most}, as
   * {@code torch.nn.utils.clip_grad_norm_} does. Nothing waits for the device.
   *
   * @return the norm before, a float64 scalar that {@code owner} closes
   */
  public static NDArray clipGradients(List<NDArray> params, double most, NDManager owner) {
    return OpPack.get().tensor(owner, "clip_gradients", params, most);
  }

  /**
   * Adds the gradients of {@code others} to those of {@code params}, one by one, and sets them to
   * 0. Whichever of {@code others} has a gradient, its partner has one.
   */
  public static void addGradients(List<NDArray> params, List<NDArray> others) {
    OpPack.get().count("add_gradients", params, others);
  }

  /**
   * One AdamW step on every tensor that has a gradient, which is then set to 0. The arithmetic and
   * its order are {@code torch.optim.AdamW}'s.
   *
   * @param step number of this step, from 1
   * @return how many tensors had a gradient
   */
  public static int adamw(
      List<NDArray> params,
      List<NDArray> averages,
      List<NDArray> squares,
      double[] rates,
      double[] decays,
      double beta1,
      double beta2,
      double epsilon,
      long step) {
    boolean recording = JniUtils.isGradMode();
    JniUtils.setGradMode(false); // the weights change in place
    try {
      return (int)
          OpPack.get()
              .count(
                  "adamw", params, averages, squares, rates, decays, beta1, beta2, epsilon, step);
    } finally {
      JniUtils.setGradMode(recording);
    }
  }

  /** Largest absolute difference of two arrays of one shape. */
  public static double maxAbsDifference(NDArray a, NDArray b) {
    return OpPack.get().number("max_abs_difference", a, b);
  }

  /** Calls a method that has a backward pass of its own, where that is to be recorded. */
  private static Optional<NDArray> taped(String method, NDArray[] inputs, Object... constants) {
    return Tape.recording(inputs).map(t -> t.record(OpPack.taped(), method, inputs, constants));
  }

  private static NDArray on(NDArray owner, String method, Object... arguments) {
    NDManager manager = owner.getManager();
    return OpPack.get().tensor(manager, method, arguments);
  }
}
