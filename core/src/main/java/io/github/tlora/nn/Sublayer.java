package io.github.tlora.nn;

/**
 * One of the two sublayers of an encoder layer, whose output a method may change.
 *
 * @param layer the encoder layer, from 0
 * @param path its output module's Hugging Face path, such as {@code
 *     bert.encoder.layer.0.attention.output}
 * @param width D
 */
public record Sublayer(int layer, Kind kind, String path, int width) {
  /** Which sublayer. */
  public enum Kind {
    ATTENTION,
    FEED_FORWARD
  }
}
