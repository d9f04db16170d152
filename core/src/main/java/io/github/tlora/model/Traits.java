package io.github.tlora.model;

/**
 * What the rest of the program asks of every family alike.
 *
 * @param stack the encoder's layers
 * @param vocabSize number of token ids
 * @param padTokenId the id that fills up short rows
 * @param maxTokens the most tokens a row may have
 * @param typeVocabSize number of segment ids; 1 or less where the model does not use them
 * @param classifierDropout dropout before the last layer of a head
 * @param initializerRange standard deviation of a fresh head's weights
 */
public record Traits(
    Stack stack,
    int vocabSize,
    int padTokenId,
    int maxTokens,
    int typeVocabSize,
    double classifierDropout,
    double initializerRange) {

  /** D. */
  int hiddenSize() {
    return stack.width();
  }
}
