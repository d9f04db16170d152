package io.github.tlora.model;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.DisentangledAttention;
import io.github.tlora.nn.DisentangledAttention.Terms;
import io.github.tlora.nn.Wiring;

/**
 * DeBERTa v2 and v3 (arXiv 2006.03654, 2111.09543), as {@code DebertaV2ForSequenceClassification}:
 * shared attention keys, logarithmic buckets, normalised relative embeddings; v2's large sizes
 * convolve after the first layer.
 */
@JsonTypeName("deberta-v2")
public record DebertaV2(DebertaShape shape, DebertaEncoder.Extras extras, boolean sharesKeys)
    implements Architecture {

  public DebertaV2(ConfigJson json) {
    this(
        DebertaShape.read(json),
        new DebertaEncoder.Extras(
            Math.max(0, json.whole("position_buckets", -1)),
            json.lists("norm_rel_ebd", "layer_norm"),
            json.whole("conv_kernel_size", 0),
            json.whole("conv_groups", 1),
            json.text("conv_act", "tanh")),
        json.flag("share_att_key", false));
  }

  @Override
  public String prefix() {
    return "deberta";
  }

  @Override
  public String stockClass() {
    return "DebertaV2ForSequenceClassification";
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
    int span = extras.buckets() > 0 ? extras.buckets() : shape.longest();
    Terms terms = new Terms(shape.contentToPosition(), shape.positionToContent(), sharesKeys, span);
    return new DebertaEncoder(
        wiring,
        shape,
        extras,
        (w, layer, path) ->
            new DisentangledAttention(w, layer, path, hiddenSize(), shape.heads(), terms));
  }

  @Override
  public Head nativeHead(Wiring wiring, int labels) {
    return DebertaEncoder.head(wiring, shape, labels);
  }
}
