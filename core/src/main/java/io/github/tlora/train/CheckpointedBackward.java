package io.github.tlora.train;

import ai.djl.ndarray.NDArray;
import io.github.tlora.model.Encoder;
import io.github.tlora.model.Encoder.Pass;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.RelativePositions;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Gradient checkpointing (arXiv 1604.06174), a checkpoint at each layer: the forward pass keeps
 * only the layers' inputs, and the backward pass computes each layer again, with the same dropout
 * masks, before it goes through it. The same gradients for a third more work and one layer's
 * activations in place of all.
 */
final class CheckpointedBackward {
  private final Encoder encoder;
  private final Pass pass;
  private final Scope step;
  private final int before; // cuts of the graph before the first layer
  private final NDArray table; // of relative positions, where it is trained; or null
  private final List<NDArray> inputs = new ArrayList<>();
  private final List<Long> marks = new ArrayList<>();
  private final List<Boolean> trains = new ArrayList<>(); // whether a layer itself is trained

  private CheckpointedBackward(Encoder encoder, Pass pass, Scope step) {
    this.encoder = encoder;
    this.pass = pass;
    this.step = step;
    this.before = step.cuts();
    RelativePositions relative = pass.context().relative();
    this.table = relative != null && Ops.hasGradient(relative.table()) ? relative.table() : null;
  }

  /**
   * Adds a batch's gradients.
   *
   * @param loss of the logits
   * @return the loss, an array of the step
   */
  static NDArray run(
      SequenceClassifier model, Input input, UnaryOperator<NDArray> loss, Scope step) {
    Encoder encoder = model.encoder();
    Pass pass = encoder.start(input, true);
    CheckpointedBackward layers = new CheckpointedBackward(encoder, pass, step);
    boolean firstOnly = model.headSettings().readsFirstOnly();
    NDArray last = leaf(layers.forward(firstOnly));
    NDArray states = firstOnly ? last : encoder.withoutPrefix(last);
    NDArray value = loss.apply(model.head().logits(states, input, true));
    step.backward(value, layers.before);
    long next = Torch.markDropout(encoder.depth());
    layers.backward(last.getGradient());
    Torch.replayDropout(next, encoder.depth()); // the next batch draws masks of its own
    return value;
  }

  /** A part of the graph of its own, whose gradient can be asked for. */
  private static NDArray leaf(NDArray x) {
    NDArray leaf = x.stopGradient();
    leaf.setRequiresGradient(true);
    return leaf;
  }

  private NDArray forward(boolean firstOnly) {
    NDArray x = pass.embedded().stopGradient();
    for (int i = 0; i < encoder.depth(); i++) {
      inputs.add(x);
      marks.add(Torch.markDropout(i));
      long positions = encoder.neededAfter(i, x, firstOnly);
      try (Scope.Inner layer = Scope.inner()) {
        // Its graph goes with the scope; whether there is one tells if the layer is trained.
        NDArray y = encoder.layer(i, x, positions, pass);
        trains.add(Ops.hasGradient(y));
        x = layer.keep(y.stopGradient());
        step.forget(before);
      }
    }
    return x;
  }

  private void backward(NDArray gradient) {
    boolean trainsEmbeddings = Ops.hasGradient(pass.embedded());
    NDArray ownTable = table == null ? null : leaf(table);
    Pass again = table == null ? pass : pass.withTable(ownTable);
    NDArray above = gradient;
    for (int i = encoder.depth() - 1; i >= 0; i--) {
      boolean goesOn = trainsEmbeddings || trains.subList(0, i).contains(true);
      if (!goesOn && !trains.get(i)) {
        break;
      }
      Torch.replayDropout(marks.get(i), i);
      try (Scope.Inner layer = Scope.inner()) {
        NDArray x = goesOn ? leaf(inputs.get(i)) : inputs.get(i);
        NDArray y = encoder.layer(i, x, above.getShape().get(1), again);
        step.backward(y, above, before);
        above = goesOn ? layer.keep(x.getGradient()) : above;
      }
    }
    if (trainsEmbeddings) {
      step.backward(pass.embedded(), above, before);
    }
    if (table != null) {
      step.backward(table, ownTable.getGradient(), 0);
    }
  }
}
