package io.github.tlora.model;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.Dropouts;
import io.github.tlora.nn.Wiring;
import io.github.tlora.tensor.Ops;

/**
 * RoBERTa (arXiv 1907.11692), as {@code RobertaForSequenceClassification} computes it: BERT without
 * pooler, positions counted from the padding id.
 */
@JsonTypeName("roberta")
public record Roberta(
    AbsoluteEncoder.Sizes sizes,
    Dropouts dropouts,
    double classifierDropout,
    double initializerRange,
    int padTokenId)
    implements Architecture {

  public Roberta(ConfigJson json) {
    this(
        Bert.sizes(json),
        new Dropouts(
            json.probability("hidden_dropout_prob", 0.1),
            json.probability("attention_probs_dropout_prob", 0.1)),
        json.probability("classifier_dropout", json.probability("hidden_dropout_prob", 0.1)),
        json.number("initializer_range", 0.02),
        json.whole("pad_token_id", 1));
  }

  @Override
  public String prefix() {
    return "roberta";
  }

  @Override
  public String stockClass() {
    return "RobertaForSequenceClassification";
  }

  @Override
  public int vocabSize() {
    return sizes.vocabSize();
  }

  @Override
  public int hiddenSize() {
    return sizes.layer().width();
  }

  /** Positions start after the padding id: 514 of them serve 512 tokens. */
  @Override
  public int maxTokens() {
    return sizes.maxPositions() - padTokenId - 1;
  }

  @Override
  public int typeVocabSize() {
    return sizes.typeVocabSize();
  }

  @Override
  public Encoder encoder(Wiring wiring) {
    return new AbsoluteEncoder(
        wiring,
        prefix(),
        sizes,
        dropouts,
        input -> Ops.positionsAfterPadding(input.ids(), padTokenId));
  }

  /** dropout, dense, tanh, dropout, one layer, on the first token's state. */
  @Override
  public Head nativeHead(Wiring wiring, int labels) {
    int width = hiddenSize();
    Head.Layer dense =
        Head.Layer.declare(wiring, "classifier.dense", width, width, initializerRange);
    Head.Layer output =
        Head.Layer.declare(wiring, "classifier.out_proj", width, labels, initializerRange);
    return (states, input, training) -> {
      double dropout = training ? classifierDropout : 0;
      var first = Ops.dropout(Ops.firstToken(states), dropout);
      return output.forward(Ops.dropout(Ops.tanh(dense.forward(first)), dropout));
    };
  }
}
