package io.github.tlora.data;

import static io.github.tlora.metric.Metric.ACCURACY;
import static io.github.tlora.metric.Metric.F1;
import static io.github.tlora.metric.Metric.MATTHEWS;
import static io.github.tlora.metric.Metric.PEARSON;
import static io.github.tlora.metric.Metric.SPEARMAN;

import io.github.tlora.metric.Metric;
import java.util.List;
import java.util.Locale;

/** Tasks of GLUE (arXiv 1804.07461), in the layout in which it distributes them. */
public enum Glue implements Task {
  SST2(TsvLayout.single("sentence", "label", "0", "1"), List.of("negative", "positive"), ACCURACY),
  COLA(
      new TsvLayout(false, "3", null, "1", List.of("0", "1")),
      List.of("unacceptable", "acceptable"),
      MATTHEWS,
      ACCURACY),
  MRPC(
      TsvLayout.pair("#1 String", "#2 String", "Quality", "0", "1"),
      List.of("not_equivalent", "equivalent"),
      ACCURACY,
      F1),
  QQP(
      TsvLayout.pair("question1", "question2", "is_duplicate", "0", "1"),
      List.of("not_duplicate", "duplicate"),
      ACCURACY,
      F1),
  QNLI(
      TsvLayout.pair("question", "sentence", "label", "entailment", "not_entailment"),
      List.of("entailment", "not_entailment"),
      ACCURACY),
  RTE(
      TsvLayout.pair("sentence1", "sentence2", "label", "entailment", "not_entailment"),
      List.of("entailment", "not_entailment"),
      ACCURACY),
  WNLI(
      TsvLayout.pair("sentence1", "sentence2", "label", "0", "1"),
      List.of("not_entailment", "entailment"),
      ACCURACY),
  /** How alike two sentences are, from 0 to 5: a regression. */
  STSB(TsvLayout.pair("sentence1", "sentence2", "score"), List.of(), PEARSON, SPEARMAN);

  private final TsvLayout layout;
  private final List<String> labels;
  private final List<Metric> metrics;

  Glue(TsvLayout layout, List<String> labels, Metric... metrics) {
    this.layout = layout;
    this.labels = labels;
    this.metrics = List.of(metrics);
  }

  @Override
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public List<String> labels() {
    return labels;
  }

  @Override
  public boolean isPair() {
    return layout.pair() != null;
  }

  @Override
  public List<Metric> metrics() {
    return metrics;
  }

  @Override
  public TsvLayout layout() {
    return layout;
  }
}
