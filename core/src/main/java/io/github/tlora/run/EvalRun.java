package io.github.tlora.run;

import io.github.tlora.data.Dataset;
import io.github.tlora.data.Rows;
import io.github.tlora.metric.Metric;
import io.github.tlora.train.Evaluator;
import java.nio.file.Path;
import java.util.Map;

/** Scores a trained adapter on a split, from its files alone. */
public final class EvalRun {
  private EvalRun() {}

  /**
   * A split's scores.
   *
   * @param run the directory as given
   * @param sample whether the rows are the bundled sample's
   * @param metrics fractions
   */
  public record Result(
      String run,
      String task,
      String split,
      int rows,
      Map<Metric, Double> metrics,
      String data,
      boolean sample) {}

  /**
   * Scores the adapter in {@code run}.
   *
   * @param run a run directory or an adapter's
   * @param data where the rows are, or null for those of the run
   * @param split {@code train} or {@code dev}
   * @param model where the base is found now, or null for where it was in training
   */
  public static Result evaluate(
      Path run, String data, String split, String model, Environment environment) {
    try (LoadedAdapter adapter = LoadedAdapter.open(run, model, environment)) {
      Dataset dataset = adapter.dataset(data, environment);
      Rows rows = adapter.rows(dataset.split(split).rows());
      Evaluator.Evaluation scored =
          Evaluator.evaluate(
              adapter.model(),
              rows,
              adapter.task().metrics(),
              LoadedAdapter.BATCH_SIZE,
              adapter.manager());
      return new Result(
          run.toString(),
          adapter.task().key(),
          split,
          rows.size(),
          scored.metrics(),
          dataset.name(),
          dataset.isSample());
    }
  }
}
