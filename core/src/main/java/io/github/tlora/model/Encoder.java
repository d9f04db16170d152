package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import io.github.tlora.nn.Attention;
import io.github.tlora.nn.Dropouts;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Prefix;
import io.github.tlora.nn.RelativePositions;
import io.github.tlora.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A stack of transformer layers over token ids. */
public interface Encoder {
  /**
   * One batch on its way through the layers.
   *
   * @param embedded the embeddings' output, (B, T, D)
   * @param mask 1 for what is attended, (B, T)
   * @param context what all layers' attention shares
   * @param training whether dropout is on
   */
  record Pass(
      NDArray embedded,
      NDArray mask,
      Attention.Context context,
      Dropouts dropouts,
      boolean training) {

    /** This pass with {@code table} in place of the embeddings of relative positions. */
    public Pass withTable(NDArray table) {
      RelativePositions relative = context.relative();
      return new Pass(
          embedded,
          mask,
          new Attention.Context(
              context.mask(),
              new RelativePositions(table, relative.distances(), relative.middle())),
          dropouts,
          training);
    }
  }

  /** Embeds a batch. */
  Pass start(Input input, boolean training);

  /** Number of layers. */
  int depth();

  /**
   * The output of layer {@code index} at its first {@code positions}.
   *
   * @param x the output of the layer before, or the embeddings', (B, T, D), cut off their graph
   * @param positions T, or after the last layer 1
   */
  NDArray layer(int index, NDArray x, long positions, Pass pass);

  /** The positions that a method added after the first one, if it did. */
  Optional<Prefix> prefix();

  /**
   * What a head reads.
   *
   * @param input the batch, (B, T)
   * @param firstOnly whether it reads the first position only; the last layer then computes no more
   * @param training whether the model's own dropouts are on
   * @return (B, T, D), which means something only where the mask is 1; or (B, 1, D)
   */
  default NDArray lastState(Input input, boolean firstOnly, boolean training) {
    Pass pass = start(input, training);
    NDArray x = pass.embedded();
    for (int i = 0; i < depth(); i++) {
      NDArray before = x;
      NDArray from = Scope.cut(x);
      x = layer(i, from, neededAfter(i, x, firstOnly), pass);
      from.close(); // what the backward pass needs it keeps
      before.close();
    }
    return firstOnly ? x : withoutPrefix(x);
  }

  /**
   * How many positions of layer {@code index}'s output are read; all of {@code x} but for the last.
   */
  default long neededAfter(int index, NDArray x, boolean firstOnly) {
    return firstOnly && index == depth() - 1 ? 1 : x.getShape().get(1);
  }

  /**
   * The embeddings' output and every layer's output, in order.
   *
   * @return depth + 1 arrays of (B, T, D), all but the last one with a method's added positions in
   *     them
   */
  default List<NDArray> hiddenStates(Input input, boolean training) {
    Pass pass = start(input, training);
    List<NDArray> states = new ArrayList<>();
    NDArray x = pass.embedded();
    states.add(x);
    for (int i = 0; i < depth(); i++) {
      x = layer(i, Scope.cut(x), x.getShape().get(1), pass);
      states.add(x);
    }
    states.set(depth(), withoutPrefix(x));
    return states;
  }

  /** A last layer's output without the positions that a method added. */
  default NDArray withoutPrefix(NDArray x) {
    return prefix().map(p -> p.removeFrom(x)).orElse(x);
  }
}
