package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Wiring;
import io.github.tlora.tensor.Ops;
import java.util.function.Predicate;

/**
 * BERT (arXiv 1810.04805), as Hugging Face's {@code BertForSequenceClassification} computes it.
 *
 * @param hasPooler whether the pooler is pretrained; if not, the native head has a new one
 */
@JsonTypeName("bert")
public record Bert(AbsoluteShape shape, boolean hasPooler) implements Architecture {
  private static final String POOLER = "bert.pooler.dense";

  public Bert(ConfigJson json) {
    this(AbsoluteShape.fromZero(json), true);
  }

  @Override
  public String prefix() {
    return "bert";
  }

  @Override
  public String stockClass() {
    return "BertForSequenceClassification";
  }

  @Override
  public Traits traits() {
    return shape.traits();
  }

  /** Checkpoints of masked language models and token classifiers have no pooler. */
  @Override
  public Architecture fittedTo(Predicate<String> stored) {
    return new Bert(shape, stored.test(POOLER + ".weight") || stored.test(POOLER + ".bias"));
  }

  /** A pretrained pooler is part of the base, and of its hash, whether the head reads it or not. */
  @Override
  public Encoder encoder(Wiring wiring) {
    Encoder encoder = new AbsoluteEncoder(wiring, prefix(), shape);
    if (hasPooler) {
      wiring.base(POOLER + ".weight", hiddenSize(), hiddenSize());
      wiring.bias(POOLER + ".bias", hiddenSize());
    }
    return encoder;
  }

  @Override
  public boolean isOnlyForNativeHead(String name) {
    return name.startsWith(POOLER + ".");
  }

  /** tanh(W h_0 + b) with the pooler, dropout, one layer. */
  @Override
  public Head nativeHead(Wiring wiring, int labels) {
    if (!hasPooler) {
      Head.Layer.declare(wiring, POOLER, hiddenSize(), hiddenSize(), initializerRange());
    }
    Head.Layer classifier =
        Head.Layer.declare(wiring, "classifier", hiddenSize(), labels, initializerRange());
    double dropout = wiring.headDropout(classifierDropout());
    return (states, input, training) ->
        classifier.forward(Ops.dropout(pooled(wiring.params(), states), training ? dropout : 0));
  }

  /** The pooler's output: (B, D). */
  public static NDArray pooled(ParamTable params, NDArray states) {
    Param weight = params.get(POOLER + ".weight");
    Param bias = params.get(POOLER + ".bias");
    return Ops.tanh(Ops.linear(Ops.firstToken(states), weight.array(), bias.array()));
  }
}
