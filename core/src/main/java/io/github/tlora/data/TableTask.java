package io.github.tlora.data;

import io.github.tlora.Setting;
import io.github.tlora.metric.Metric;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A task of one's own, as a file describes it: columns, labels and scores. docs/data.md has every
 * key.
 *
 * @param name what runs and results call it
 * @param kind whether a row has a class or a number
 * @param columns where texts and label stand
 * @param header whether tables begin with the columns' names
 * @param labels the labels by class; none in a regression
 * @param values what stands in the label's column, by class; the labels themselves by default
 * @param metrics the scores; the first decides which epoch is best
 * @param files where the rows are
 * @param devFraction share of the training rows that are the dev split where it has no file
 * @param devSeed the seed that they are drawn with: not the run's, so that runs of several seeds
 *     are scored on the same rows
 */
public record TableTask(
    String name,
    Kind kind,
    Columns columns,
    Boolean header,
    List<String> labels,
    List<String> values,
    List<Metric> metrics,
    Files files,
    Double devFraction,
    Long devSeed)
    implements Task {

  private static final double DEV_FRACTION = 0.1;

  /** What is predicted. */
  public enum Kind {
    /** One of the labels. */
    CLASSIFICATION,
    /** A number. */
    REGRESSION
  }

  /**
   * Columns by name, or by number from 0 in tables without a header.
   *
   * @param pair the second text's, or null for single texts
   */
  public record Columns(String text, String pair, String label) {
    public Columns {
      Setting.notBlank("text", text);
      Setting.notBlank("label", label);
      if (pair != null) {
        Setting.notBlank("pair", pair);
      }
    }

    private List<String> all() {
      return pair == null ? List.of(text, label) : List.of(text, pair, label);
    }
  }

  /** Files by split, each null where there is none. */
  public record Files(String train, String dev, String test) {
    public Files {
      format("train", train);
      format("dev", dev);
      format("test", test);
    }

    private static void format(String key, String file) {
      if (file != null && TableFormat.of(file).isEmpty()) {
        throw new IllegalArgumentException(
            key + " must end in .tsv, .txt, .csv, .jsonl or .json, got '" + file + "'");
      }
    }

    /** The file of {@code split}, or null. */
    String of(String split) {
      return switch (split) {
        case "train" -> train;
        case "dev" -> dev;
        default -> test;
      };
    }

    private Files with(UnaryOperator<String> change) {
      return new Files(
          train == null ? null : change.apply(train),
          dev == null ? null : change.apply(dev),
          test == null ? null : change.apply(test));
    }
  }

  public TableTask {
    checkName(name);
    kind = kind == null ? Kind.CLASSIFICATION : kind;
    if (columns == null) {
      throw new IllegalArgumentException(
          "columns must be given, such as {text: review, label: stars}");
    }
    header = header == null || header;
    labels = labels(kind, labels);
    values = values(labels, values);
    metrics = metrics(kind, labels, metrics);
    files = files == null ? new Files(null, null, null) : files;
    if (devFraction != null && files.dev() != null) {
      throw new IllegalArgumentException(
          "dev_fraction has no use beside files.dev: leave one of them out");
    }
    devFraction = devFraction == null ? DEV_FRACTION : devFraction;
    if (!(devFraction > 0 && devFraction < 1)) {
      throw new IllegalArgumentException(
          "dev_fraction must be above 0 and below 1, got " + devFraction);
    }
    devSeed = devSeed == null ? 0L : devSeed;
    if (!header) {
      for (String column : columns.all()) {
        if (!column.matches("\\d{1,4}")) {
          throw new IllegalArgumentException(
              "columns must be numbers from 0 where header is false, got '" + column + "'");
        }
      }
    }
  }

  private static void checkName(String name) {
    Setting.notBlank("name", name);
    if (!name.matches("[a-z0-9][a-z0-9_-]*")) {
      throw new IllegalArgumentException(
          "name must be of lower-case letters, digits, - and _, got '" + name + "'");
    } else if (Task.isKnown(name)) {
      throw new IllegalArgumentException(
          "name must not be that of a GLUE task, got '" + name + "'");
    }
  }

  private static List<String> labels(Kind kind, List<String> labels) {
    List<String> given = labels == null ? List.of() : List.copyOf(labels);
    if (kind == Kind.REGRESSION ? !given.isEmpty() : given.size() < 2) {
      throw new IllegalArgumentException(
          kind == Kind.REGRESSION
              ? "labels must be left out of a regression"
              : "labels must be at least two, such as [negative, positive]");
    }
    return distinct("labels", given);
  }

  private static List<String> values(List<String> labels, List<String> values) {
    if (values == null) {
      return labels;
    } else if (values.size() != labels.size()) {
      throw new IllegalArgumentException(
          "values must be as many as labels, " + labels.size() + ", got " + values.size());
    }
    return distinct("values", List.copyOf(values));
  }

  private static List<String> distinct(String key, List<String> words) {
    if (new HashSet<>(words).size() < words.size()) {
      throw new IllegalArgumentException(key + " must differ from each other");
    }
    return words;
  }

  private static List<Metric> metrics(Kind kind, List<String> labels, List<Metric> metrics) {
    List<Metric> allowed =
        kind == Kind.REGRESSION
            ? List.of(Metric.PEARSON, Metric.SPEARMAN)
            : labels.size() == 2
                ? List.of(Metric.ACCURACY, Metric.F1, Metric.MATTHEWS)
                : List.of(Metric.ACCURACY, Metric.MATTHEWS);
    if (metrics == null || metrics.isEmpty()) {
      return kind == Kind.REGRESSION ? allowed : allowed.subList(0, 1);
    }
    for (Metric metric : metrics) {
      if (!allowed.contains(metric)) {
        throw new IllegalArgumentException(
            "metrics must be among "
                + String.join(", ", allowed.stream().map(Metric::key).toList())
                + (kind == Kind.REGRESSION ? " in a regression" : " with so many labels")
                + ", got "
                + metric.key());
      }
    }
    return List.copyOf(metrics);
  }

  @Override
  public String key() {
    return name;
  }

  @Override
  public boolean isPair() {
    return columns.pair() != null;
  }

  @Override
  public List<Metric> bestBy() {
    return metrics.subList(0, 1);
  }

  @Override
  public List<TableLayout> layouts(String split) {
    TableLayout layout =
        new TableLayout(header, columns.text(), columns.pair(), columns.label(), values, null);
    return List.of(layout, layout.with(labels));
  }

  /** The same with files relative to {@code directory}, or absolute where it is. */
  public TableTask in(Path directory) {
    return with(files.with(file -> directory.resolve(file).normalize().toString()));
  }

  /** The same without files: what an adapter remembers. */
  public TableTask withoutFiles() {
    return with(new Files(null, null, null));
  }

  private TableTask with(Files other) {
    return new TableTask(
        name,
        kind,
        columns,
        header,
        labels,
        values,
        metrics,
        other,
        other.dev() == null ? devFraction : null,
        devSeed);
  }
}
