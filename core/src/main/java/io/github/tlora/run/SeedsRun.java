package io.github.tlora.run;

import ai.djl.ndarray.NDManager;
import io.github.tlora.config.RunConfig;
import io.github.tlora.metric.Metric;
import io.github.tlora.train.Event;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/**
 * The same training with several seeds, one after the other on one loaded encoder: each a run of
 * its own, byte for byte the one that it would be alone.
 */
public final class SeedsRun {
  private final List<TrainRun> runs;

  /**
   * What the seeds came to.
   *
   * @param runs in the order of the seeds
   * @param best each score's summary over the runs' best evaluations
   * @param last over their last ones
   */
  public record Result(
      List<TrainResult> runs, Map<Metric, Summary> best, Map<Metric, Summary> last) {}

  /**
   * A score over several runs.
   *
   * @param sd the sample's standard deviation, by n - 1
   */
  public record Summary(double median, double mean, double sd, double min, double max) {
    static Summary of(double[] scores) {
      DescriptiveStatistics all = new DescriptiveStatistics(scores);
      return new Summary(
          all.getPercentile(50),
          all.getMean(),
          all.getStandardDeviation(),
          all.getMin(),
          all.getMax());
    }
  }

  /**
   * Checks everything that needs no weights, for every seed.
   *
   * @param seeds two or more, each once
   */
  public SeedsRun(RunConfig config, List<Long> seeds, Environment places) {
    runs = seeds.stream().map(seed -> new TrainRun(config.withSeed(seed), places)).toList();
  }

  /** The plan of each seed's run, in order; they differ in the seed alone. */
  public List<TrainRun.Plan> plans() {
    return runs.stream().map(TrainRun::plan).toList();
  }

  /**
   * Trains with each seed in turn.
   *
   * @param output where each seed's run directory is made, as {@code s0}; null makes them under
   *     {@code runs/}, as a single run's
   * @param ready hears each run's plan when it is about to start
   * @return empty when it was told to stop
   */
  public Optional<Result> run(
      Path output,
      List<String> argv,
      Consumer<TrainRun.Plan> ready,
      Consumer<Event> listener,
      BooleanSupplier stop) {
    for (TrainRun run : runs) {
      if (output != null) {
        RunDirectory.requireNew(directory(output, run));
      }
    }
    TrainRun first = runs.get(0);
    List<TrainResult> results = new ArrayList<>();
    try (NDManager base = first.load()) {
      for (TrainRun run : runs) {
        try (NDManager manager = run == first ? base.newSubManager() : run.loadOn(first, base)) {
          Optional<TrainResult> result =
              run.run(
                  manager,
                  output == null ? null : directory(output, run),
                  argv,
                  () -> ready.accept(run.plan()),
                  listener,
                  stop);
          if (result.isEmpty()) {
            return Optional.empty();
          }
          results.add(result.get());
        }
      }
    }
    return Optional.of(
        new Result(
            results,
            summaries(results.stream().map(TrainResult::best).toList()),
            summaries(results.stream().map(TrainResult::last).toList())));
  }

  /** The directory of the run that was told to stop, if one was. */
  public Optional<Path> directory() {
    return runs.stream().map(TrainRun::directory).flatMap(Optional::stream).reduce((a, b) -> b);
  }

  private static Path directory(Path output, TrainRun run) {
    return output.resolve("s" + run.config().seed());
  }

  private static Map<Metric, Summary> summaries(List<TrainResult.Score> scores) {
    Map<Metric, Summary> summaries = new EnumMap<>(Metric.class);
    for (Metric metric : scores.get(0).metrics().keySet()) {
      double[] values = scores.stream().mapToDouble(score -> score.metrics().get(metric)).toArray();
      summaries.put(metric, Summary.of(values));
    }
    return summaries;
  }
}
