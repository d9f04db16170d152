package io.github.tlora.model;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.Activation;
import io.github.tlora.nn.Wiring;

/**
 * RoBERTa (arXiv 1907.11692), as {@code RobertaForSequenceClassification} computes it: BERT without
 * pooler, positions counted from the padding id.
 */
@JsonTypeName("roberta")
public record Roberta(AbsoluteShape shape) implements Architecture {

  public Roberta(ConfigJson json) {
    this(AbsoluteShape.afterPadding(json));
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
  public Traits traits() {
    return shape.traits();
  }

  @Override
  public Encoder encoder(Wiring wiring) {
    return new AbsoluteEncoder(wiring, prefix(), shape);
  }

  @Override
  public Head nativeHead(Wiring wiring, int labels) {
    return Head.twoLayers(wiring, traits(), Activation.TANH, labels);
  }
}
