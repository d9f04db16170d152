package io.github.tlora.nn;

import java.util.Optional;

/**
 * The seam between encoders and methods: what a method may attach to while an encoder is built. The
 * defaults attach nothing.
 *
 * <p>Base weights are declared before a slot that concerns them is asked, so that a method finds
 * them in the {@link ParamTable}; they have their values when the method's own are drawn.
 */
public interface Slots {
  /** Attaches nothing: the plain encoder. */
  Slots NONE = new Slots() {};

  /** Changes the linear layer at {@code site}: LoRA and its relatives. */
  default Optional<Delta> linear(Site site, ParamTable params) {
    return Optional.empty();
  }

  /** Acts on a sublayer's output before the residual is added: bottleneck adapters. */
  default Optional<Hook> sublayer(Sublayer sublayer, ParamTable params) {
    return Optional.empty();
  }

  /** Acts on a whole layer's output: Lin's adapters and prefix-layer tuning. */
  default Optional<Hook> layerOutput(Layer layer, ParamTable params) {
    return Optional.empty();
  }

  /**
   * Adds positions after the first one of the embeddings' output: prefix-embedding tuning.
   *
   * @param path the embeddings' path, such as {@code bert.embeddings}
   * @param width D
   */
  default Optional<Prefix> input(String path, int width, ParamTable params) {
    return Optional.empty();
  }

  /** Whether a parameter of the base model is trained. */
  default boolean trains(Param base) {
    return false;
  }
}
