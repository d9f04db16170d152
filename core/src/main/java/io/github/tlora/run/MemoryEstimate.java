package io.github.tlora.run;

import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.model.Stack;
import io.github.tlora.nn.Param;

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
  /** JVM, PyTorch's libraries and allocator before the first weight. */
  private static final long PROGRAM = 600L << 20;

  /** English has 4 to 5 characters a token; 3 leaves room. */
  private static final int CHARACTERS_A_TOKEN = 3;

  /**
   * The estimate for a declared model.
   *
   * @param rows of a batch
   * @param longestText characters of the longest row
   * @param maxLength tokens at which rows are cut
   */
  static MemoryEstimate of(SequenceClassifier model, int rows, int longestText, int maxLength) {
    long base =
        model.params().all().stream().filter(p -> !p.isTrained()).mapToLong(Param::bytes).sum();
    long trained = 4 * model.params().trained().stream().mapToLong(Param::bytes).sum();
    long tokens = Math.min(maxLength, longestText / CHARACTERS_A_TOKEN + 4L);
    Stack stack = model.architecture().traits().stack();
    return new MemoryEstimate(base, trained, activations(stack, rows, tokens), PROGRAM);
  }

  /**
   * What the backward pass of every layer keeps, in F32: queries, keys, values, the context, the
   * inputs and outputs of two normalisations and two dropout masks (11 D), input and output of the
   * activation (2 F), and the attention's probabilities, dropout mask and product (3 H T).
   */
  private static long activations(Stack stack, long rows, long tokens) {
    long width = stack.width();
    long inner = stack.layer().inner();
    long scores = stack.dropouts().attention() > 0 ? 3L * stack.heads() * tokens : 0;
    long layer = rows * tokens * (11 * width + 2 * inner + scores);
    long passing =
        rows * tokens * (2 * inner + 2L * stack.heads() * tokens); // of one layer at work
    return 4 * (stack.layers() * layer + passing);
  }

  /** All together. */
  public long total() {
    return base + trained + activations + program;
  }
}
