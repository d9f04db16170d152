package io.github.tlora.data;

import static io.github.tlora.metric.Metric.ACCURACY;
import static io.github.tlora.metric.Metric.ACCURACY_MM;
import static io.github.tlora.metric.Metric.F1;
import static io.github.tlora.metric.Metric.MATTHEWS;
import static io.github.tlora.metric.Metric.PEARSON;
import static io.github.tlora.metric.Metric.SPEARMAN;

import io.github.tlora.metric.Metric;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The tasks of GLUE (arXiv 1804.07461) with its diagnostic set: files as it distributes them, and
 * as nyu-mll/glue on the Hugging Face hub has them. Classes are numbered as there.
 */
public enum Glue implements Task {
  SST2(
      "SST-2",
      TableLayout.single("sentence", "label", "0", "1"),
      TableLayout.hub("sentence", null, 2),
      List.of("negative", "positive"),
      ACCURACY),
  COLA(
      "CoLA",
      new TableLayout(false, "3", null, "1", List.of("0", "1"), null),
      TableLayout.hub("sentence", null, 2),
      List.of("unacceptable", "acceptable"),
      MATTHEWS,
      ACCURACY),
  MRPC(
      "MRPC",
      TableLayout.pair("#1 String", "#2 String", "Quality", "0", "1"),
      TableLayout.hub("sentence1", "sentence2", 2),
      List.of("not_equivalent", "equivalent"),
      ACCURACY,
      F1),
  QQP(
      "QQP",
      TableLayout.pair("question1", "question2", "is_duplicate", "0", "1"),
      TableLayout.hub("question1", "question2", 2),
      List.of("not_duplicate", "duplicate"),
      ACCURACY,
      F1),
  QNLI(
      "QNLI",
      TableLayout.pair("question", "sentence", "label", "entailment", "not_entailment"),
      TableLayout.hub("question", "sentence", 2),
      List.of("entailment", "not_entailment"),
      ACCURACY),
  RTE(
      "RTE",
      TableLayout.pair("sentence1", "sentence2", "label", "entailment", "not_entailment"),
      TableLayout.hub("sentence1", "sentence2", 2),
      List.of("entailment", "not_entailment"),
      ACCURACY),
  WNLI(
      "WNLI",
      TableLayout.pair("sentence1", "sentence2", "label", "0", "1"),
      TableLayout.hub("sentence1", "sentence2", 2),
      List.of("not_entailment", "entailment"),
      ACCURACY),
  /** How alike two sentences are, from 0 to 5: a regression. */
  STSB(
      "STS-B",
      TableLayout.pair("sentence1", "sentence2", "score"),
      TableLayout.hub("sentence1", "sentence2", 0),
      List.of(),
      PEARSON,
      SPEARMAN),
  /** Two dev and two test splits: of the genres of the training rows (matched), and of others. */
  MNLI(
      "MNLI",
      TableLayout.pair(
          "sentence1", "sentence2", "gold_label", "entailment", "neutral", "contradiction"),
      TableLayout.hub("premise", "hypothesis", 3),
      List.of("entailment", "neutral", "contradiction"),
      ACCURACY,
      ACCURACY_MM),
  /** The diagnostic set: test rows alone, for a model of MNLI. */
  AX(
      "AX",
      TableLayout.pair("sentence1", "sentence2", "label", "entailment", "neutral", "contradiction"),
      TableLayout.hub("premise", "hypothesis", 3),
      List.of("entailment", "neutral", "contradiction"),
      MATTHEWS);

  private final String title;
  private final TableLayout official;
  private final TableLayout hub;
  private final List<String> labels;
  private final List<Metric> metrics;

  Glue(
      String title, TableLayout official, TableLayout hub, List<String> labels, Metric... metrics) {
    this.title = title;
    this.official = official;
    this.hub = hub;
    this.labels = labels;
    this.metrics = List.of(metrics);
  }

  @Override
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The name as GLUE writes it, which its directory has too. */
  public String title() {
    return title;
  }

  /** What other tools call the task, without dashes. */
  List<String> otherNames() {
    return switch (this) {
      case MNLI -> List.of("mnlim", "mnlimm", "mnlimatched", "mnlimismatched");
      case QNLI -> List.of("qnliv2");
      case AX -> List.of("diagnostic");
      default -> List.of();
    };
  }

  @Override
  public List<String> labels() {
    return labels;
  }

  @Override
  public boolean isPair() {
    return official.pair() != null;
  }

  @Override
  public List<Metric> metrics() {
    return metrics;
  }

  @Override
  public List<Metric> metrics(String split) {
    if (this != MNLI) {
      return metrics;
    }
    return List.of(split.equals("dev_mismatched") ? ACCURACY_MM : ACCURACY);
  }

  @Override
  public List<Metric> bestBy() {
    return switch (this) {
      case MRPC, QQP, STSB -> metrics; // GLUE's score of the task is their mean
      default -> metrics.subList(0, 1);
    };
  }

  /** GLUE's score of the task: the mean of its metrics; of CoLA Matthews alone. */
  public double score(Map<Metric, Double> scored) {
    List<Metric> counted = this == MNLI ? metrics : bestBy();
    return counted.stream().mapToDouble(scored::get).average().orElseThrow();
  }

  /**
   * GLUE's average: the mean of its nine tasks' scores.
   *
   * @param scored metrics by task, of which the diagnostic set does not count
   * @return nothing where a task is missing
   */
  public static OptionalDouble average(Map<Glue, Map<Metric, Double>> scored) {
    List<Glue> tasks = Arrays.stream(values()).filter(task -> task != AX).toList();
    return scored.keySet().containsAll(tasks)
        ? tasks.stream().mapToDouble(task -> task.score(scored.get(task))).average()
        : OptionalDouble.empty();
  }

  @Override
  public List<String> devSplits() {
    return switch (this) {
      case MNLI -> List.of("dev_matched", "dev_mismatched");
      case AX -> List.of();
      default -> List.of("dev");
    };
  }

  @Override
  public List<String> testSplits() {
    return this == MNLI ? List.of("test_matched", "test_mismatched") : List.of("test");
  }

  @Override
  public List<TableLayout> layouts(String split) {
    TableLayout hubByName = hub.with(labels);
    if (this == AX) { // of diagnostic-full.tsv
      TableLayout full = new TableLayout("Premise", "Hypothesis", "Label", labels);
      return List.of(official, full, hub, hubByName);
    }
    boolean isTest = testSplits().contains(split);
    return this == COLA && isTest // it has a header, unlike train and dev
        ? List.of(hub, hubByName)
        : List.of(official, hub, hubByName);
  }

  @Override
  public boolean skipsShortRows(String split) {
    // A few of QQP's rows are cut by line ends inside of a question; transformers leaves them out
    // too. A test split must stay whole, or its submission would be short.
    return this == QQP && !testSplits().contains(split);
  }
}
