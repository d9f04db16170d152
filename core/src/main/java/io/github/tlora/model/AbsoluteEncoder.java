package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import io.github.tlora.nn.Attention;
import io.github.tlora.nn.Dropouts;
import io.github.tlora.nn.EncoderLayer;
import io.github.tlora.nn.EncoderLayer.LayerShape;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.LayerNorm;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.SelfAttention;
import io.github.tlora.nn.Wiring;
import io.github.tlora.tensor.Ops;
import java.util.ArrayList;
import java.util.List;

/** The encoder of BERT, RoBERTa and ELECTRA: learned absolute positions, plain self-attention. */
final class AbsoluteEncoder implements Encoder {
  private final AbsoluteShape shape;
  private final Param words;
  private final Param positions;
  private final Param types;
  private final LayerNorm norm;
  private final Param widen;
  private final Param widenBias;
  private final List<EncoderLayer> layers = new ArrayList<>();

  AbsoluteEncoder(Wiring wiring, String prefix, AbsoluteShape shape) {
    this.shape = shape;
    LayerShape layer = shape.stack().layer();
    int width = layer.width();
    int narrow = shape.embeddingSize();
    String at = prefix + ".embeddings.";
    words = wiring.base(at + "word_embeddings.weight", shape.traits().vocabSize(), narrow);
    positions = wiring.base(at + "position_embeddings.weight", shape.positions(), narrow);
    types =
        wiring.base(at + "token_type_embeddings.weight", shape.traits().typeVocabSize(), narrow);
    norm = wiring.layerNorm(at + "LayerNorm", narrow, layer.normEpsilon());
    boolean isWidened = narrow != width;
    String project = prefix + ".embeddings_project.";
    widen = isWidened ? wiring.base(project + "weight", width, narrow) : null;
    widenBias = isWidened ? wiring.base(project + "bias", width) : null;
    for (int i = 0; i < shape.stack().layers(); i++) {
      String path = prefix + ".encoder.layer." + i;
      Attention attention =
          new SelfAttention(wiring, i, path + ".attention.self", width, shape.stack().heads());
      layers.add(new EncoderLayer(wiring, i, path, attention, layer));
    }
  }

  @Override
  public List<NDArray> hiddenStates(Input input, boolean training) {
    Dropouts active = shape.stack().dropouts().in(training);
    NDArray x = embed(input, active);
    Attention.Context context = new Attention.Context(Ops.additiveMask(input.mask()), null, null);
    List<NDArray> states = new ArrayList<>();
    states.add(x);
    for (EncoderLayer layer : layers) {
      x = layer.forward(x, context, active, training);
      states.add(x);
    }
    return states;
  }

  private NDArray embed(Input input, Dropouts active) {
    NDArray at =
        shape.afterPadding()
            ? Ops.positionsAfterPadding(input.ids(), shape.traits().padTokenId())
            : Ops.positions(input.ids());
    NDArray x = Ops.embedding(words.array(), input.ids());
    x = x.add(Ops.embedding(types.array(), input.typeIds()));
    x = x.add(Ops.embedding(positions.array(), at));
    x = Ops.dropout(norm.forward(x), active.hidden());
    return widen == null ? x : Ops.linear(x, widen.array(), widenBias.array());
  }
}
