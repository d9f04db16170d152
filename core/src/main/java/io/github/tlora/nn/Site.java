package io.github.tlora.nn;

/**
 * One linear layer of an encoder that a method may change.
 *
 * @param layer the encoder layer, from 0
 * @param part which of the layer's matrices
 * @param path the module's Hugging Face path, without {@code .weight}
 * @param in columns of the weight: width of the input
 * @param out rows of the weight: width of the output
 */
public record Site(int layer, Part part, String path, int in, int out) {

  /** The path of its encoder layer, such as {@code bert.encoder.layer.0}. */
  public String layerPath() {
    return path.replaceFirst("(.*\\blayer\\.\\d+)\\..*", "$1");
  }

  /** The path inside its encoder layer, such as {@code attention.self.query}. */
  public String pathInLayer() {
    return path.replaceFirst(".*\\blayer\\.\\d+\\.", "");
  }
}
