package io.github.tlora.model;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.FusedDisentangledAttention;
import io.github.tlora.nn.Wiring;
import java.util.Set;

/** DeBERTa v1 (arXiv 2006.03654), as Hugging Face's {@code DebertaForSequenceClassification}. */
@JsonTypeName("deberta")
public record Deberta(DebertaShape shape) implements Architecture {

  public Deberta(ConfigJson json) {
    this(DebertaShape.read(json));
    if (json.flag("talking_head", false)) {
      throw json.unsupported("talking_head", "false");
    }
    // Every entry scales the scores, whether it means something or not.
    if (Set.copyOf(shape.terms()).size() != shape.terms().size()
        || !Set.of("c2p", "p2c").containsAll(shape.terms())) {
      throw json.unsupported("pos_att_type", "c2p and p2c, each at most once");
    }
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
  public Traits traits() {
    return shape.traits();
  }

  @Override
  public long relativePositions(long tokens) {
    return 2 * Math.min(tokens, shape.longest()) * shape.terms().size();
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
                shape.stack().heads(),
                shape.contentToPosition(),
                shape.positionToContent()));
  }

  @Override
  public Head nativeHead(Wiring wiring, int labels) {
    return DebertaEncoder.head(wiring, shape, labels);
  }
}
