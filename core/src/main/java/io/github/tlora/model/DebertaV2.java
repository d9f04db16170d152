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
        DebertaEncoder.Extras.read(json),
        json.flag("share_att_key", false));
    int headSize = hiddenSize() / shape.stack().heads();
    if (json.whole("attention_head_size", headSize) != headSize) {
      throw json.unsupported("attention_head_size", "hidden_size / num_attention_heads");
    }
    int middle = extras.buckets() / 2;
    if (extras.buckets() > 0 && (middle == 0 || middle == shape.longest() - 1)) {
      throw json.unsupported(
          "position_buckets", "at least 2, half of it not max_relative_positions - 1");
    }
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
  public Traits traits() {
    return shape.traits();
  }

  private int span() {
    return extras.buckets() > 0 ? extras.buckets() : shape.longest();
  }

  @Override
  public long relativePositions(long tokens) {
    return 2L * span() * shape.terms().size();
  }

  @Override
  public Encoder encoder(Wiring wiring) {
    Terms terms = new Terms(shape.contentToPosition(), shape.positionToContent(), sharesKeys);
    return new DebertaEncoder(
        wiring,
        shape,
        extras,
        (w, layer, path) ->
            new DisentangledAttention(w, layer, path, hiddenSize(), shape.stack().heads(), terms));
  }

  @Override
  public Head nativeHead(Wiring wiring, int labels) {
    return DebertaEncoder.head(wiring, shape, labels);
  }
}
