package io.github.tlora.model;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.Activation;
import io.github.tlora.nn.Wiring;

/**
 * XLM-RoBERTa (arXiv 1911.02116), as {@code XLMRobertaForSequenceClassification} computes it:
 * RoBERTa, its prefix included, with a vocabulary of a hundred languages.
 */
@JsonTypeName("xlm-roberta")
public record XlmRoberta(AbsoluteShape shape) implements Architecture {

  public XlmRoberta(ConfigJson json) {
    this(AbsoluteShape.afterPadding(json));
  }

  @Override
  public String prefix() {
    return "roberta";
  }

  @Override
  public String stockClass() {
    return "XLMRobertaForSequenceClassification";
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
