package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.Activation;
import io.github.tlora.nn.Dropouts;
import io.github.tlora.nn.EncoderLayer.LayerShape;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Wiring;
import io.github.tlora.tensor.Ops;

/** BERT (arXiv 1810.04805), as Hugging Face's {@code BertForSequenceClassification} computes it. */
@JsonTypeName("bert")
public record Bert(
    AbsoluteEncoder.Sizes sizes,
    Dropouts dropouts,
    double classifierDropout,
    double initializerRange,
    int padTokenId)
    implements Architecture {

  public Bert(ConfigJson json) {
    this(
        sizes(json),
        new Dropouts(
            json.probability("hidden_dropout_prob", 0.1),
            json.probability("attention_probs_dropout_prob", 0.1)),
        json.probability("classifier_dropout", json.probability("hidden_dropout_prob", 0.1)),
        json.number("initializer_range", 0.02),
        json.whole("pad_token_id", 0));
  }

  /** The sizes of a BERT or RoBERTa. */
  static AbsoluteEncoder.Sizes sizes(ConfigJson json) {
    if (!json.text("position_embedding_type", "absolute").equals("absolute")) {
      throw json.unsupported("position_embedding_type", "absolute");
    }
    int width = json.size("hidden_size");
    int heads = json.size("num_attention_heads");
    if (width % heads != 0) {
      throw json.unsupported("num_attention_heads", "a divisor of hidden_size " + width);
    }
    return new AbsoluteEncoder.Sizes(
        json.size("vocab_size"),
        json.size("max_position_embeddings"),
        json.whole("type_vocab_size", 2),
        json.size("num_hidden_layers"),
        heads,
        new LayerShape(
            width,
            json.size("intermediate_size"),
            Activation.named(json.text("hidden_act", "gelu")),
            json.number("layer_norm_eps", 1e-12)));
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
  public int vocabSize() {
    return sizes.vocabSize();
  }

  @Override
  public int hiddenSize() {
    return sizes.layer().width();
  }

  @Override
  public int maxTokens() {
    return sizes.maxPositions();
  }

  @Override
  public int typeVocabSize() {
    return sizes.typeVocabSize();
  }

  @Override
  public Encoder encoder(Wiring wiring) {
    Encoder encoder =
        new AbsoluteEncoder(wiring, prefix(), sizes, dropouts, input -> Ops.positions(input.ids()));
    wiring.base("bert.pooler.dense.weight", hiddenSize(), hiddenSize());
    wiring.base("bert.pooler.dense.bias", hiddenSize());
    return encoder;
  }

  /** tanh(W h_0 + b) with the pretrained pooler, dropout, one layer. */
  @Override
  public Head nativeHead(Wiring wiring, int labels) {
    Head.Layer classifier =
        Head.Layer.declare(wiring, "classifier", hiddenSize(), labels, initializerRange);
    return (states, input, training) ->
        classifier.forward(
            Ops.dropout(pooled(wiring.params(), states), training ? classifierDropout : 0));
  }

  /** The pretrained pooler's output: (B, D). */
  public static NDArray pooled(ParamTable params, NDArray states) {
    Param weight = params.get("bert.pooler.dense.weight");
    Param bias = params.get("bert.pooler.dense.bias");
    return Ops.tanh(Ops.linear(Ops.firstToken(states), weight.array(), bias.array()));
  }
}
