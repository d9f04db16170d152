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
import java.util.function.Function;

/** The encoder of BERT and RoBERTa: learned absolute positions, plain self-attention. */
final class AbsoluteEncoder implements Encoder {
  private final Param words;
  private final Param positions;
  private final Param types;
  private final LayerNorm norm;
  private final List<EncoderLayer> layers = new ArrayList<>();
  private final Dropouts dropouts;
  private final Function<Input, NDArray> positionIds;

  /** Sizes, as config.json names them. */
  record Sizes(
      int vocabSize,
      int maxPositions,
      int typeVocabSize,
      int layers,
      int heads,
      LayerShape layer) {}

  AbsoluteEncoder(
      Wiring wiring,
      String prefix,
      Sizes sizes,
      Dropouts dropouts,
      Function<Input, NDArray> positionIds) {
    int width = sizes.layer().width();
    String at = prefix + ".embeddings.";
    words = wiring.base(at + "word_embeddings.weight", sizes.vocabSize(), width);
    positions = wiring.base(at + "position_embeddings.weight", sizes.maxPositions(), width);
    types = wiring.base(at + "token_type_embeddings.weight", sizes.typeVocabSize(), width);
    norm = wiring.layerNorm(at + "LayerNorm", width, sizes.layer().normEpsilon());
    for (int i = 0; i < sizes.layers(); i++) {
      String path = prefix + ".encoder.layer." + i;
      Attention attention =
          new SelfAttention(wiring, i, path + ".attention.self", width, sizes.heads());
      layers.add(new EncoderLayer(wiring, i, path, attention, sizes.layer()));
    }
    this.dropouts = dropouts;
    this.positionIds = positionIds;
  }

  @Override
  public List<NDArray> hiddenStates(Input input, boolean training) {
    Dropouts active = dropouts.in(training);
    NDArray x = Ops.embedding(words.array(), input.ids());
    x = x.add(Ops.embedding(types.array(), input.typeIds()));
    x = x.add(Ops.embedding(positions.array(), positionIds.apply(input)));
    x = Ops.dropout(norm.forward(x), active.hidden());
    Attention.Context context = new Attention.Context(Ops.additiveMask(input.mask()), null, null);
    List<NDArray> states = new ArrayList<>();
    states.add(x);
    for (EncoderLayer layer : layers) {
      x = layer.forward(x, context, active, training);
      states.add(x);
    }
    return states;
  }
}
