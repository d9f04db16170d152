package io.github.tlora.data;

import io.github.tlora.Suggestion;
import io.github.tlora.UserError;
import io.github.tlora.metric.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What is to be learnt: the columns of its files, its labels and its metrics. */
public sealed interface Task permits Glue, TableTask {
  /** The split that is trained on. */
  String TRAIN = "train";

  /** The name in configurations, flags and results. */
  String key();

  /** The labels by class, as people read them; none in a regression. */
  List<String> labels();

  /** Whether rows have a number to be predicted, not a class. */
  default boolean isRegression() {
    return labels().isEmpty();
  }

  /** Whether a row has two texts. */
  boolean isPair();

  /** The scores that are reported. */
  List<Metric> metrics();

  /** Those of {@link #metrics()} that are computed on {@code split}. */
  default List<Metric> metrics(String split) {
    return metrics();
  }

  /** The scores whose mean decides which epoch is best. */
  List<Metric> bestBy();

  /** The splits that are scored in training; {@code dev} stands for the first. */
  default List<String> devSplits() {
    return List.of("dev");
  }

  /** The splits that are to be predicted; {@code test} stands for the first. */
  default List<String> testSplits() {
    return List.of("test");
  }

  /** Every split. */
  default List<String> splits() {
    List<String> splits = new ArrayList<>();
    if (!devSplits().isEmpty()) {
      splits.add(TRAIN);
    }
    splits.addAll(devSplits());
    splits.addAll(testSplits());
    return splits;
  }

  /**
   * The split that {@code name} stands for.
   *
   * @throws UserError exit 2 when the task has none of that name
   */
  default String split(String name) {
    String split =
        name.equals("dev") && !devSplits().isEmpty()
            ? devSplits().get(0)
            : name.equals("test") ? testSplits().get(0) : name;
    if (splits().contains(split)) {
      return split;
    }
    throw UserError.usage(
        "task "
            + key()
            + " has no split '"
            + name
            + "', only "
            + String.join(", ", splits())
            + (devSplits().isEmpty() ? ": it is predicted with a model of mnli" : ""));
  }

  /** How a file of {@code split} may be laid out; the first whose columns are there counts. */
  List<TableLayout> layouts(String split);

  /** Whether rows of {@code split} with too few columns are left out and counted. */
  default boolean skipsShortRows(String split) {
    return false;
  }

  /**
   * The task called {@code name}, written as people do: {@code sst2}, {@code SST-2}.
   *
   * @throws UserError exit 2 with the known names
   */
  static Task named(String name) {
    String plain = plain(name);
    return glue(name)
        .orElseThrow(
            () ->
                UserError.usage(
                    "unknown task '"
                        + name
                        + "'"
                        + Suggestion.of(plain, names())
                            .map(s -> " (did you mean '" + s + "'?)")
                            .orElse("")
                        + ". Known tasks: "
                        + String.join(", ", names())
                        + "; or give a file that describes your own, such as reviews.yaml"));
  }

  /** Whether {@code name} is a GLUE task's. */
  static boolean isKnown(String name) {
    return glue(name).isPresent();
  }

  private static Optional<Glue> glue(String name) {
    String plain = plain(name);
    return Arrays.stream(Glue.values())
        .filter(task -> task.key().equals(plain) || task.otherNames().contains(plain))
        .findFirst();
  }

  /** Every known task's name. */
  static List<String> names() {
    return Arrays.stream(Glue.values()).map(Glue::key).toList();
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_ ]", "");
  }
}
