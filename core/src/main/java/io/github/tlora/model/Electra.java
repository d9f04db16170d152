package io.github.tlora.model;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.Activation;
import io.github.tlora.nn.Wiring;

/**
 * ELECTRA (arXiv 2003.10555), as {@code ElectraForSequenceClassification} computes it: BERT without
 * pooler, its small sizes with narrower embeddings.
 */
@JsonTypeName("electra")
public record Electra(AbsoluteShape shape) implements Architecture {

  public Electra(ConfigJson json) {
    this(AbsoluteShape.fromZero(json).withEmbeddingSize(json.size("embedding_size", 128)));
  }

  @Override
  public String prefix() {
    return "electra";
  }

  @Override
  public String stockClass() {
    return "ElectraForSequenceClassification";
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
    return Head.twoLayers(wiring, traits(), Activation.GELU, labels);
  }
}
