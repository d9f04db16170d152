package io.github.tlora.run;

import io.github.tlora.model.Architecture;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.model.Stack;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;

/**
 * What training takes in resident memory at its longest batch, in bytes. Activations are counted
 * from what the backward pass keeps; the program's own share was measured.
 *
 * @param base weights that are not trained, as they are kept
 * @param file the base's pages of its file, which are mapped while it is loaded; the system takes
 *     them back when it needs them
 * @param trained values, gradients and the optimizer's two moments of what is trained
 * @param activations of one batch
 * @param program JVM and engine
 */
public record MemoryEstimate(long base, long file, long trained, long activations, long program) {
  /** JVM and PyTorch's libraries. */
  private static final long PROGRAM = 600L << 20;

  /** What the allocator takes for a byte asked for; measured on RoBERTa-base and -large. */
  private static final double ALLOCATOR = 1.4;

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
    long activations = activations(model.architecture(), rows, tokens);
    return new MemoryEstimate(
        base, 4 * model.params().count(Role.BASE), trained, activations, PROGRAM);
  }

  /**
   * What the backward pass of every layer keeps, in F32: queries, keys, values, the inputs and
   * outputs of two normalisations and two dropout masks (10 D), the activation's input and output
   * (2 F), the attention's probabilities, dropout mask and product (3 H T), and the products with
   * relative positions; then what one layer has in hand while it works.
   */
  private static long activations(Architecture architecture, long rows, long tokens) {
    Stack stack = architecture.traits().stack();
    long relative = stack.heads() * architecture.relativePositions(tokens);
    long scores = stack.heads() * tokens;
    long inner = stack.layer().inner();
    long kept = 10L * stack.width() + 2 * inner + 3 * scores + relative;
    long inHand = 2 * inner + 3 * scores + 2 * relative;
    return (long) (ALLOCATOR * 4 * rows * tokens * (stack.layers() * kept + inHand));
  }

  /** All together. */
  public long total() {
    return base + file + trained + activations + program;
  }
}
