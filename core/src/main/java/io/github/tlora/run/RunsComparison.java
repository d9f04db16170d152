package io.github.tlora.run;

import io.github.tlora.config.ConfigWriter;
import io.github.tlora.metric.Metric;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Runs side by side: the settings in which they differ, and what they came to.
 *
 * @param runs their directories
 * @param sameRows whether all were scored on the same rows; else their scores say nothing of each
 *     other
 * @param settings that are not the same in all of them
 * @param outcomes scores, counts, speed and memory
 */
public record RunsComparison(
    List<String> runs, boolean sameRows, List<Setting> settings, List<Outcome> outcomes) {

  /**
   * A setting in effect.
   *
   * @param key dotted, such as {@code adapter.rank}
   * @param values by run; null where the run's method has no such setting, or it is not set
   */
  public record Setting(String key, List<Object> values) {}

  /**
   * Something that the runs came to.
   *
   * @param item such as {@code best.accuracy}, {@code parameters.adapter}, {@code peak_rss_bytes}
   * @param values by run; null where a run did not come so far
   * @param differences of each to the first; null likewise
   */
  public record Outcome(String item, List<Double> values, List<Double> differences) {
    static Outcome of(String item, List<Double> values) {
      List<Double> differences = new ArrayList<>();
      for (Double value : values) {
        boolean both = value != null && values.get(0) != null;
        differences.add(both ? value - values.get(0) : null);
      }
      return new Outcome(item, values, differences);
    }
  }

  /**
   * Compares two runs or more.
   *
   * @throws io.github.tlora.UserError exit 3 when one is no run, or damaged
   */
  public static RunsComparison of(List<Path> directories) {
    List<RecordedRun> runs = directories.stream().map(RecordedRun::read).toList();
    List<Map<String, Object>> settings =
        runs.stream().map(run -> ConfigWriter.toFlatMap(run.config())).toList();
    List<Map<String, Double>> outcomes = runs.stream().map(RunsComparison::outcomes).toList();
    List<Setting> different = new ArrayList<>();
    for (String key : keys(settings)) {
      List<Object> values = values(settings, key);
      if (values.stream().anyMatch(value -> !Objects.equals(value, values.get(0)))) {
        different.add(new Setting(key, values));
      }
    }
    return new RunsComparison(
        directories.stream().map(Path::toString).toList(),
        runs.stream().map(RunsComparison::rows).distinct().count() == 1,
        different,
        keys(outcomes).stream().map(item -> Outcome.of(item, values(outcomes, item))).toList());
  }

  private static List<String> rows(RecordedRun run) {
    return List.of(run.task().key(), String.valueOf(run.manifest().sha256().dev()));
  }

  private static Map<String, Double> outcomes(RecordedRun run) {
    Map<String, Double> outcomes = new LinkedHashMap<>();
    scores("best", run.best(), outcomes);
    scores("last", run.last(), outcomes);
    if (run.outcome() != null) {
      RecordedRun.Outcome result = run.outcome();
      outcomes.put("parameters.adapter", (double) result.parameters().adapter());
      outcomes.put("parameters.head", (double) result.parameters().head());
      outcomes.put("parameters.trainable", (double) result.parameters().trainable());
      outcomes.put("examples_per_second", result.examplesPerSecond());
      outcomes.put("tokens_per_second", result.tokensPerSecond());
      outcomes.put("peak_rss_bytes", (double) result.peakRssBytes());
      if (result.peakGpuBytes() != null) {
        outcomes.put("peak_gpu_bytes", (double) result.peakGpuBytes());
      }
    }
    if (run.seconds() != null) {
      outcomes.put("seconds", run.seconds());
    }
    return outcomes;
  }

  private static void scores(String which, TrainResult.Score score, Map<String, Double> outcomes) {
    if (score != null) {
      for (Map.Entry<Metric, Double> metric : score.metrics().entrySet()) {
        outcomes.put(which + "." + metric.getKey().key(), metric.getValue());
      }
      outcomes.put(which + ".step", (double) score.step());
    }
  }

  /** Every key of the maps, in the order in which the first that has it has it. */
  private static Set<String> keys(Collection<? extends Map<String, ?>> maps) {
    Set<String> keys = new LinkedHashSet<>();
    maps.forEach(map -> keys.addAll(map.keySet()));
    return keys;
  }

  private static <T> List<T> values(List<Map<String, T>> maps, String key) {
    List<T> values = new ArrayList<>();
    maps.forEach(map -> values.add(map.get(key)));
    return values;
  }
}
