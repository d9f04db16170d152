package io.github.tlora.model;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.FusedDisentangledAttention;
import io.github.tlora.nn.Wiring;

/** DeBERTa v1 (arXiv 2006.03654), as Hugging Face's {@code DebertaForSequenceClassification}. */
@JsonTypeName("deberta")
public record Deberta(DebertaShape shape) implements Architecture {

  public Deberta(ConfigJson json) {
    this(DebertaShape.read(json));
  }

  @Override
  public String prefix() {
    return "deberta";
  }

  @Override
  public String stockClass() {
    return "DebertaForSequenceClassification";
  }

  @Override
  public int vocabSize() {
    return shape.vocabSize();
  }

  @Override
  public int hiddenSize() {
    return shape.layer().width();
  }

  @Override
  public double initializerRange() {
    return shape.initializerRange();
  }

  @Override
  public double classifierDropout() {
    return shape.classifierDropout();
  }

  @Override
  public int padTokenId() {
    return shape.padTokenId();
  }

  /** Relative positions reach any length; the checkpoint was trained up to this one. */
  @Override
  public int maxTokens() {
    return shape.maxPositions();
  }

  @Override
  public int typeVocabSize() {
    return shape.typeVocabSize();
  }

  @Override
  public Encoder encoder(Wiring wiring) {
    return new DebertaEncoder(
        wiring,
        shape,
        DebertaEncoder.Extras.NONE,
        (w, layer, path) ->
            new FusedDisentangledAttention(
                w,
                layer,
                path,
                hiddenSize(),
                shape.heads(),
                shape.contentToPosition(),
                shape.positionToContent(),
                shape.longest()));
  }

  @Override
  public Head nativeHead(Wiring wiring, int labels) {
    return DebertaEncoder.head(wiring, shape, labels);
  }
}
