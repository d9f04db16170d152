package io.github.tlora.metric;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The scores of a whole set.
 *
 * @param metrics in the order in which {@link Metric} has them
 * @param warnings what makes them less than they seem, a sentence each; mostly empty
 */
public record Scores(Map<Metric, Double> metrics, List<String> warnings) {

  /** Scores {@code rows} by {@code metrics}. */
  public static Scores of(List<Metric> metrics, Predictions rows) {
    Map<Metric, Double> scores = new EnumMap<>(Metric.class);
    List<String> warnings = new ArrayList<>();
    for (Metric metric : metrics) {
      scores.put(metric, metric.of(rows));
      metric.undefined(rows).ifPresent(warnings::add);
    }
    if (warnings.isEmpty() && rows.size() > 1) {
      rows.onlyPredicted()
          .map(label -> "every row is predicted to be '" + label + "'")
          .ifPresent(warnings::add);
    }
    return new Scores(scores, warnings);
  }

  /** The scores of several splits as those of one; a warning names its split. */
  public static Scores together(Map<String, Scores> splits) {
    Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
    List<String> warnings = new ArrayList<>();
    splits.forEach(
        (split, scores) -> {
          metrics.putAll(scores.metrics());
          String of = splits.size() == 1 ? "" : split + ": ";
          scores.warnings().forEach(warning -> warnings.add(of + warning));
        });
    return new Scores(metrics, warnings);
  }

  /** The same with one warning more, or none. */
  public Scores warn(Optional<String> warning) {
    return new Scores(metrics, Stream.concat(warnings.stream(), warning.stream()).toList());
  }
}
