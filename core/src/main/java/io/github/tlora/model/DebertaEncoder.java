package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import io.github.tlora.nn.Activation;
import io.github.tlora.nn.Attention;
import io.github.tlora.nn.Dropouts;
import io.github.tlora.nn.EncoderLayer;
import io.github.tlora.nn.Hook;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Layer;
import io.github.tlora.nn.LayerNorm;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Precision;
import io.github.tlora.nn.Prefix;
import io.github.tlora.nn.RelativePositions;
import io.github.tlora.nn.Wiring;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The encoder of DeBERTa: relative positions in every layer's attention, padding set to 0 after the
 * embeddings; v2 may normalise the relative embeddings and add a convolution after the first layer.
 */
final class DebertaEncoder implements Encoder {
  private final DebertaShape shape;
  private final Precision precision;
  private final int buckets;
  private final Param words;
  private final Param positions;
  private final Param types;
  private final Param widen;
  private final LayerNorm norm;
  private final Param relative;
  private final LayerNorm relativeNorm;
  private final Convolution convolution;
  private final Optional<Prefix> prefix;
  private final List<EncoderLayer> layers = new ArrayList<>();
  private final List<Hook> hooks = new ArrayList<>();

  /** What only v2 has; {@link #NONE} for v1. */
  record Extras(
      int buckets, boolean normalisesRelative, int kernel, int groups, Activation activation) {
    static final Extras NONE = new Extras(0, false, 0, 1, null);
    private static final int LARGEST_KERNEL = 999;

    static Extras read(ConfigJson json) {
      int buckets = Math.max(0, json.whole("position_buckets", -1));
      boolean normalises = json.items("norm_rel_ebd").contains("layer_norm");
      int kernel = json.whole("conv_kernel_size", 0);
      if (kernel <= 0) {
        return new Extras(buckets, normalises, 0, 1, null);
      }
      if (kernel % 2 == 0 || kernel > LARGEST_KERNEL) {
        throw json.unsupported("conv_kernel_size", "odd numbers up to " + LARGEST_KERNEL);
      }
      int groups = json.divisor("conv_groups", 1, "hidden_size", json.size("hidden_size"));
      return new Extras(buckets, normalises, kernel, groups, json.activation("conv_act", "tanh"));
    }
  }

  /** Declares one layer's attention. */
  @FunctionalInterface
  interface AttentionOf {
    Attention declare(Wiring wiring, int layer, String path);
  }

  DebertaEncoder(Wiring wiring, DebertaShape shape, Extras extras, AttentionOf attention) {
    this.shape = shape;
    this.precision = wiring.precision();
    this.buckets = extras.buckets();
    int width = shape.stack().width();
    int narrow = shape.embeddingSize();
    double epsilon = shape.stack().layer().normEpsilon();
    String at = "deberta.embeddings.";
    words = wiring.base(at + "word_embeddings.weight", shape.traits().vocabSize(), narrow);
    positions =
        shape.positions() > 0
            ? wiring.base(at + "position_embeddings.weight", shape.positions(), narrow)
            : null;
    types =
        shape.traits().typeVocabSize() > 0
            ? wiring.base(
                at + "token_type_embeddings.weight", shape.traits().typeVocabSize(), narrow)
            : null;
    widen = narrow == width ? null : wiring.base(at + "embed_proj.weight", width, narrow);
    norm = wiring.layerNorm(at + "LayerNorm", width, epsilon);
    prefix = wiring.prefix("deberta.embeddings", width);
    int count = shape.stack().layers();
    for (int i = 0; i < count; i++) {
      Layer place = new Layer(i, count, "deberta.encoder.layer." + i, width);
      wiring.params().inLayer(i, () -> declare(wiring, place, attention));
    }
    relative = wiring.base("deberta.encoder.rel_embeddings.weight", 2L * span(), width);
    relativeNorm =
        extras.normalisesRelative()
            ? wiring.layerNorm("deberta.encoder.LayerNorm", width, epsilon)
            : null;
    convolution = extras.kernel() > 0 ? Convolution.declare(wiring, shape, extras) : null;
  }

  private void declare(Wiring wiring, Layer place, AttentionOf attention) {
    Attention declared = attention.declare(wiring, place.index(), place.path() + ".attention.self");
    layers.add(
        new EncoderLayer(wiring, place.index(), place.path(), declared, shape.stack().layer()));
    hooks.add(wiring.layerOutput(place));
  }

  @Override
  public Pass start(Input input, boolean training) {
    Dropouts active = shape.stack().dropouts().in(training);
    NDArray embedded = Ops.dropout(embed(input), active.hidden());
    NDArray x = prefix.map(p -> p.insertInto(embedded)).orElse(embedded);
    NDArray mask = prefix.map(p -> p.extend(input.mask())).orElse(input.mask());
    NDArray additive = Ops.additiveMask(mask, precision.dtype());
    int keys = Math.toIntExact(additive.getShape().get(3));
    Attention.Context context =
        new Attention.Context(additive, relativePositions(input.ids(), keys));
    return new Pass(x, mask, context, active, training);
  }

  /** What {@code size} keys need of the table of relative positions. */
  private RelativePositions relativePositions(NDArray like, int size) {
    int span = span();
    int furthest = Math.min(size - 1, span);
    NDArray near =
        Ops.rows(
            like, relative.array(), span - furthest, Math.min(2 * furthest + 1, span + furthest));
    return new RelativePositions(
        Scope.cut(relativeNorm == null ? near : relativeNorm.forward(near)), // every layer reads it
        Ops.relativeDistances(like, size, buckets, buckets > 0 ? shape.longest() : 0),
        furthest);
  }

  /** Distances or buckets told apart to each side: half the table's rows. */
  private int span() {
    return buckets > 0 ? buckets : shape.longest();
  }

  @Override
  public int depth() {
    return layers.size();
  }

  @Override
  public NDArray layer(int index, NDArray x, long positions, Pass pass) {
    boolean convolves = index == 0 && convolution != null;
    long needed = convolves ? x.getShape().get(1) : positions; // it reads the neighbours
    NDArray y =
        layers.get(index).forward(x, needed, pass.context(), pass.dropouts(), pass.training());
    NDArray z = convolves ? convolution.forward(x, y, pass.mask(), pass.dropouts()) : y;
    return hooks.get(index).apply(Ops.firstPositions(z, positions), pass.training());
  }

  @Override
  public Optional<Prefix> prefix() {
    return prefix;
  }

  private NDArray embed(Input input) {
    NDArray x = Ops.embedding(words.array(), input.ids());
    if (positions != null) {
      x = x.add(Ops.embedding(positions.array(), Ops.positions(input.ids())));
    }
    if (types != null) {
      x = x.add(Ops.embedding(types.array(), input.typeIds()));
    }
    if (widen != null) {
      x = Ops.linear(x, widen.array(), null);
    }
    return Ops.masked(norm.forward(x), input.mask());
  }

  /** v2's convolution: {@code norm(y + act(dropout(conv(x))))} with padding set to 0. */
  private record Convolution(
      Param weight, Param bias, LayerNorm norm, Activation activation, int padding, int groups) {

    static Convolution declare(Wiring wiring, DebertaShape shape, Extras extras) {
      int width = shape.stack().width();
      String at = "deberta.encoder.conv.";
      return new Convolution(
          wiring.base(at + "conv.weight", width, width / extras.groups(), extras.kernel()),
          wiring.bias(at + "conv.bias", width),
          wiring.layerNorm(at + "LayerNorm", width, shape.stack().layer().normEpsilon()),
          extras.activation(),
          (extras.kernel() - 1) / 2,
          extras.groups());
    }

    NDArray forward(NDArray x, NDArray y, NDArray mask, Dropouts dropouts) {
      NDArray local =
          Ops.masked(Ops.convolution(x, weight.array(), bias.array(), padding, groups), mask);
      NDArray active = activation.apply(Ops.dropout(local, dropouts.hidden()));
      return Ops.masked(norm.afterResidual(active, y, 0), mask);
    }
  }

  /** dropout, dense, activation on the first token's state; dropout, one layer. */
  static Head head(Wiring wiring, DebertaShape shape, int labels) {
    int width = shape.stack().width();
    double deviation = shape.traits().initializerRange();
    Head.Layer pooler = Head.Layer.declare(wiring, "pooler.dense", width, width, deviation);
    Head.Layer classifier = Head.Layer.declare(wiring, "classifier", width, labels, deviation);
    double dropout = wiring.headDropout(shape.traits().classifierDropout());
    return (states, input, training) -> {
      NDArray first = Ops.dropout(Ops.firstToken(states), training ? shape.pooler().dropout() : 0);
      NDArray pooled = shape.pooler().activation().apply(pooler.forward(first));
      return classifier.forward(Ops.dropout(pooled, training ? dropout : 0));
    };
  }
}
