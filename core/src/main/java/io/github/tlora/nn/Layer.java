package io.github.tlora.nn;

/**
 * One encoder layer, whose output a method may change.
 *
 * @param index from 0
 * @param count how many layers the encoder has
 * @param path its Hugging Face path, such as {@code bert.encoder.layer.0}
 * @param width D
 */
public record Layer(int index, int count, String path, int width) {
  /** Whether the head reads this layer's output. */
  public boolean isLast() {
    return index == count - 1;
  }
}
