package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import io.github.tlora.nn.Attention;
import io.github.tlora.nn.Dropouts;
import io.github.tlora.nn.EncoderLayer;
import io.github.tlora.nn.EncoderLayer.LayerShape;
import io.github.tlora.nn.Hook;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Layer;
import io.github.tlora.nn.LayerNorm;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Precision;
import io.github.tlora.nn.Prefix;
import io.github.tlora.nn.SelfAttention;
import io.github.tlora.nn.Wiring;
import io.github.tlora.tensor.Ops;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The encoder of BERT, RoBERTa and ELECTRA: learned absolute positions, plain self-attention. */
final class AbsoluteEncoder implements Encoder {
  private final AbsoluteShape shape;
  private final Precision precision;
  private final Param words;
  private final Param positions;
  private final Param types;
  private final LayerNorm norm;
  private final Param widen;
  private final Param widenBias;
  private final Optional<Prefix> prefix;
  private final List<EncoderLayer> layers = new ArrayList<>();
  private final List<Hook> hooks = new ArrayList<>();

  AbsoluteEncoder(Wiring wiring, String prefix, AbsoluteShape shape) {
    this.shape = shape;
    this.precision = wiring.precision();
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
    widenBias = isWidened ? wiring.bias(project + "bias", width) : null;
    this.prefix = wiring.prefix(prefix + ".embeddings", width);
    int count = shape.stack().layers();
    for (int i = 0; i < count; i++) {
      Layer place = new Layer(i, count, prefix + ".encoder.layer." + i, width);
      wiring.params().inLayer(i, () -> declare(wiring, place));
    }
  }

  private void declare(Wiring wiring, Layer place) {
    Stack stack = shape.stack();
    Attention attention =
        new SelfAttention(
            wiring, place.index(), place.path() + ".attention.self", stack.width(), stack.heads());
    layers.add(new EncoderLayer(wiring, place.index(), place.path(), attention, stack.layer()));
    hooks.add(wiring.layerOutput(place));
  }

  @Override
  public Pass start(Input input, boolean training) {
    Dropouts active = shape.stack().dropouts().in(training);
    NDArray embedded = embed(input, active);
    NDArray x = prefix.map(p -> p.insertInto(embedded)).orElse(embedded);
    NDArray mask = prefix.map(p -> p.extend(input.mask())).orElse(input.mask());
    Attention.Context context =
        new Attention.Context(Ops.additiveMask(mask, precision.dtype()), null);
    return new Pass(x, mask, context, active, training);
  }

  @Override
  public int depth() {
    return layers.size();
  }

  @Override
  public NDArray layer(int index, NDArray x, long positions, Pass pass) {
    NDArray y =
        layers.get(index).forward(x, positions, pass.context(), pass.dropouts(), pass.training());
    return hooks.get(index).apply(y, pass.training());
  }

  @Override
  public Optional<Prefix> prefix() {
    return prefix;
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
