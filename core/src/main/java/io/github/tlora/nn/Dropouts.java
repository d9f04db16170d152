package io.github.tlora.nn;

/**
 * The model's own dropouts, from its config.json; all are off outside training.
 *
 * @param hidden after embeddings and sublayers
 * @param attention on attention probabilities
 */
public record Dropouts(double hidden, double attention) {
  public static final Dropouts OFF = new Dropouts(0, 0);

  public Dropouts in(boolean training) {
    return training ? this : OFF;
  }
}
