package io.github.tlora.run;

import io.github.tlora.baseline.Baseline;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Example;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Metric;
import io.github.tlora.metric.Predictions;
import io.github.tlora.metric.Scores;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Scores a linear model on a bag of words: what a fine-tuned encoder should be above. */
public final class BaselineRun {
  /** Rows that are learnt from at most: more change little and take minutes. */
  static final int MOST_ROWS = 100_000;

  private static final long SEED = 0;

  private BaselineRun() {}

  /**
   * The scores of the dev rows.
   *
   * @param method what was learnt
   * @param sample whether the rows are the bundled sample's
   * @param trainRows rows that were learnt from
   * @param metrics fractions
   * @param warnings what makes them less than they seem, a sentence each
   * @param seconds that it took when it was computed
   * @param cached whether it was computed before
   */
  public record Result(
      String task,
      String method,
      String data,
      boolean sample,
      int trainRows,
      int devRows,
      Map<Metric, Double> metrics,
      List<String> warnings,
      double seconds,
      boolean cached) {}

  /**
   * The baseline of a task's rows.
   *
   * @param data where the rows are, or null for where they are by default
   * @param maxExamples training rows used, drawn with {@code seed} as {@code train} draws them;
   *     null uses all
   */
  public static Result run(
      String task, String data, Integer maxExamples, long seed, Environment environment) {
    Dataset dataset = Dataset.find(TaskFile.find(task), data, environment.home());
    Map<String, Dataset.Split> dev = new LinkedHashMap<>();
    for (String split : dataset.devSplits()) {
      dev.put(split, dataset.split(split));
    }
    List<Example> train = Subset.of(dataset.split(Task.TRAIN).rows(), maxExamples, seed);
    return of(dataset, train, rows(dev), environment);
  }

  /** The rows of each split. */
  static Map<String, List<Example>> rows(Map<String, Dataset.Split> splits) {
    Map<String, List<Example>> rows = new LinkedHashMap<>();
    splits.forEach((name, split) -> rows.put(name, split.rows()));
    return rows;
  }

  /** The baseline of these rows, from the cache where it is there. */
  static Result of(
      Dataset dataset,
      List<Example> train,
      Map<String, List<Example>> dev,
      Environment environment) {
    Task task = dataset.task();
    List<Example> learnt = Subset.of(train, MOST_ROWS, SEED);
    BaselineCache cache = new BaselineCache(environment.home(), task, learnt, dev);
    Optional<BaselineCache.Entry> found = cache.read();
    BaselineCache.Entry entry = found.orElseGet(() -> cache.keep(compute(task, learnt, dev)));
    return new Result(
        task.key(),
        Baseline.NAME,
        dataset.name(),
        dataset.isSample(),
        learnt.size(),
        dev.values().stream().mapToInt(List::size).sum(),
        entry.metrics(),
        entry.warnings(),
        entry.seconds(),
        found.isPresent());
  }

  private static BaselineCache.Entry compute(
      Task task, List<Example> train, Map<String, List<Example>> dev) {
    long started = System.nanoTime();
    List<Example> rows = dev.values().stream().flatMap(List::stream).toList();
    Predictions answers = Baseline.predict(task, train, rows, SEED);
    Map<String, Scores> splits = new LinkedHashMap<>();
    int from = 0;
    for (Map.Entry<String, List<Example>> split : dev.entrySet()) {
      int to = from + split.getValue().size();
      splits.put(split.getKey(), Scores.of(task.metrics(split.getKey()), answers.part(from, to)));
      from = to;
    }
    Scores scores = Scores.together(splits);
    return new BaselineCache.Entry(
        scores.metrics(), scores.warnings(), (System.nanoTime() - started) / 1e9);
  }
}
