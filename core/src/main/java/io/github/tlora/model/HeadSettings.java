package io.github.tlora.model;

import io.github.tlora.Key;
import io.github.tlora.Setting;

/** What stands on the encoder and turns its states into logits. */
public record HeadSettings(
    @Key(
            value =
                "The head's form: the family's own (native), or dropout and one layer (linear).",
            unset = "decided by the model: bundled linear, every other native")
        Kind kind,
    @Key(
            value =
                "What a linear head reads: the first token's state, or the mean over the tokens.",
            unset = "decided by the model: bundled mean, every other first")
        Pooling pooling,
    @Key("Whether the head starts fresh or with the checkpoint's own weights.") From from,
    @Key(
            "How the logits of a checkpoint's head are matched to the task's labels: by name or in order.")
        Labels labels,
    @Key("Whether the head is trained with the adapter.") Boolean train,
    @Key(value = "Peak learning rate of the head.", unset = "the adapter's", min = 0)
        Double learningRate,
    @Key(
            value = "Share of its input that the head drops in training.",
            unset = "decided by the model: its config.json, mostly 0.1",
            min = 0,
            below = 1)
        Double dropout) {

  /** The head's form. */
  public enum Kind {
    NATIVE,
    LINEAR
  }

  /** What a linear head reads: the first token's state or the mean over the real tokens. */
  public enum Pooling {
    FIRST,
    MEAN
  }

  /** Where the head's first weights come from. */
  public enum From {
    FRESH,
    CHECKPOINT
  }

  /**
   * How the logits of a checkpoint's own head are matched to the task's labels: by the names in its
   * id2label, or by order, the first being the task's; more logits than labels stay in the softmax.
   */
  public enum Labels {
    BY_NAME,
    BY_INDEX
  }

  public HeadSettings {
    from = from == null ? From.FRESH : from;
    labels = labels == null ? Labels.BY_NAME : labels;
    train = train == null ? Boolean.TRUE : train;
    if (learningRate != null) {
      Setting.notNegative("learning_rate", learningRate);
    }
    if (dropout != null) {
      Setting.probability("dropout", dropout);
    }
  }

  /** The same with the model's own dropout. */
  public HeadSettings(
      Kind kind, Pooling pooling, From from, Labels labels, Boolean train, Double learningRate) {
    this(kind, pooling, from, labels, train, learningRate, null);
  }

  /** All defaults: the model decides the form, the head is new and trained. */
  public static HeadSettings defaults() {
    return new HeadSettings(null, null, null, null, null, null);
  }

  /** Whether the head is the checkpoint's own and frozen, so that it need not be stored again. */
  public boolean staysInCheckpoint() {
    return from == From.CHECKPOINT && !train;
  }

  /** Whether the head reads the first token's state only, as every family's own does. */
  public boolean readsFirstOnly() {
    return kind == Kind.NATIVE || pooling == Pooling.FIRST;
  }

  /** These settings with the form filled in where they leave it to the model. */
  public HeadSettings orElse(Kind defaultKind, Pooling defaultPooling) {
    return new HeadSettings(
        kind == null ? defaultKind : kind,
        pooling == null ? defaultPooling : pooling,
        from,
        labels,
        train,
        learningRate,
        dropout);
  }
}
