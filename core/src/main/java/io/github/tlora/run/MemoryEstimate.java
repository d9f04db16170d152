package io.github.tlora.run;

import io.github.tlora.model.Architecture;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.model.Stack;
import io.github.tlora.nn.Param;
import io.github.tlora.train.Trainer;

/**
 * What training takes in resident memory at its longest batch, in bytes. Activations are counted
 * from what the backward pass keeps; the program's own share was measured.
 *
 * @param base weights that are not trained, as they are kept
 * @param trained values, gradients and the optimizer's two moments of what is trained
 * @param activations of one batch
 * @param program JVM and engine
 */
public record MemoryEstimate(long base, long trained, long activations, long program) {
  /** JVM and PyTorch's libraries. */
  private static final long PROGRAM = 250L << 20;

  /** What the allocator takes for a byte asked for, holes counted; measured on five shapes. */
  private static final double ALLOCATOR = 1.9;

  /** Layers' worth of memory that computing one again takes; measured on the same. */
  private static final int IN_PIECES = 3;

  /** Keys of a row's attention come in multiples of this. */
  private static final int KEYS = 16;

  /** English has 4 to 5 characters a token; 3 leaves room. */
  private static final int CHARACTERS_A_TOKEN = 3;

  /** Tokens of a text, at most {@code maxLength}. */
  static int tokens(int characters, int maxLength) {
    return Math.min(maxLength, characters / CHARACTERS_A_TOKEN + 4);
  }

  /**
   * The estimate for a declared model on a CPU.
   *
   * @param rows of the longest batch
   * @param tokens of each of them
   * @param oneLayer whether the backward pass computes each layer again: gradient checkpointing
   * @param threads of the process
   */
  static MemoryEstimate of(
      SequenceClassifier model, int rows, int tokens, boolean oneLayer, int threads) {
    long atOnce = Trainer.tokensAtOnce(model, rows, tokens, threads);
    return new MemoryEstimate(
        base(model),
        trained(model),
        activations(model.architecture(), atOnce, tokens, oneLayer),
        PROGRAM);
  }

  /**
   * What a process shows that has made the run's largest steps.
   *
   * @param settled resident bytes before the first step, the weights loaded
   * @param peak resident bytes at their highest
   * @param rows bytes that the run's rows take and the process's do not
   */
  static MemoryEstimate measured(SequenceClassifier model, long settled, long peak, long rows) {
    long base = base(model);
    long trained = trained(model);
    long grown = Math.max(0, peak - settled - trained);
    return new MemoryEstimate(base, trained, grown, peak - base - trained - grown + rows);
  }

  /** Frozen weights as they are kept, those of packed products twice. */
  private static long base(SequenceClassifier model) {
    return model.bytesPackedForTraining()
        + model.params().all().stream()
            .filter(param -> !param.isTrained())
            .mapToLong(Param::bytes)
            .sum();
  }

  private static long trained(SequenceClassifier model) {
    return 4 * model.params().trained().stream().mapToLong(Param::bytes).sum();
  }

  /**
   * What the backward pass of every layer keeps, in F32: its input, queries, keys, values and the
   * sums before two normalisations (6 D), the activation's input (F), and the attention's
   * probabilities over keys that are padded to whole vectors (H K); then what one layer has in hand
   * while it works, products with relative positions among it. A layer that is computed again keeps
   * its input alone, and the one at work leaves what others before it took in pieces.
   */
  private static long activations(
      Architecture architecture, long atOnce, long tokens, boolean oneLayer) {
    Stack stack = architecture.traits().stack();
    long relative = stack.heads() * architecture.relativePositions(tokens);
    long scores = stack.heads() * ((tokens + KEYS - 1) / KEYS * KEYS);
    long inner = stack.layer().inner();
    long layer = 6L * stack.width() + inner + scores;
    long inHand = 2 * inner + 3 * scores + 2 * relative;
    long kept =
        oneLayer
            ? stack.layers() * (long) stack.width() + IN_PIECES * layer
            : stack.layers() * layer;
    return (long) (ALLOCATOR * 4 * atOnce * (kept + inHand));
  }

  /** All together. */
  public long total() {
    return base + trained + activations + program;
  }
}
