package io.github.tlora.nn;

import java.util.Optional;

/**
 * The seam between encoders and methods: what a method may attach to while an encoder is built. The
 * defaults attach nothing.
 */
public interface Slots {
  /** Attaches nothing: the plain encoder. */
  Slots NONE = new Slots() {};

  /** Changes the linear layer at {@code site}: LoRA and its relatives. */
  default Optional<Delta> linear(Site site, ParamTable params) {
    return Optional.empty();
  }

  /** Whether a parameter of the base model is trained. */
  default boolean trains(Param base) {
    return false;
  }
}
