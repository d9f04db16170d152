package io.github.tlora.data;

import io.github.tlora.Suggestion;
import io.github.tlora.UserError;
import io.github.tlora.metric.Metric;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What is to be learnt: the columns of its files, its labels and its metrics. */
public sealed interface Task permits Glue {
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

  /** The scores whose mean decides which epoch is best: of a regression all, as GLUE does. */
  default List<Metric> bestBy() {
    return isRegression() ? metrics() : metrics().subList(0, 1);
  }

  /** Reads one row; {@code where} names file and line in messages. */
  TsvLayout layout();

  /**
   * The task called {@code name}, written as people do: {@code sst2}, {@code SST-2}.
   *
   * @throws UserError exit 2 with the known names
   */
  static Task named(String name) {
    String plain = plain(name);
    return Arrays.stream(Glue.values())
        .filter(task -> plain(task.key()).equals(plain))
        .findFirst()
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
                        + String.join(", ", names())));
  }

  /** Every known task's name. */
  static List<String> names() {
    return Arrays.stream(Glue.values()).map(Glue::key).toList();
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_ ]", "");
  }
}
