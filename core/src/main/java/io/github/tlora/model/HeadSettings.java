package io.github.tlora.model;

import io.github.tlora.Setting;

/**
 * What stands on the encoder and turns its states into logits.
 *
 * @param kind {@code native} is the family's own head, {@code linear} is dropout and one layer;
 *     null lets the model decide (the bundled encoder: linear; every other: native)
 * @param pooling which state a linear head reads; null lets the model decide (the bundled encoder:
 *     mean; every other: first)
 * @param from whether the head starts anew or from the checkpoint's own weights
 * @param labels how a checkpoint's own head is matched to the task's labels
 * @param train whether the head is trained with the adapter
 * @param learningRate the head's peak learning rate; null uses the adapter's
 * @param dropout share of its input that the head drops in training; null leaves it to the model
 */
public record HeadSettings(
    Kind kind,
    Pooling pooling,
    From from,
    Labels labels,
    Boolean train,
    Double learningRate,
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
