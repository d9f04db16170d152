package io.github.tlora.run;

/**
 * A run in a list of runs.
 *
 * @param run its directory
 * @param status how it went: one of {@link RunList#STATUSES}
 * @param started when its directory was made, UTC
 * @param seconds that it took; null while it runs
 * @param data what its rows are called
 * @param sample whether they are the bundled sample's: its score is no GLUE score
 * @param size the method's, such as {@code r8}; empty without one
 * @param parameters counts of elements; null where the run did not come to its end
 * @param best the best evaluation so far; null where there was none
 * @param score the mean of those of its metrics that decide what is best; likewise
 * @param epochs that were done
 * @param steps that were done
 */
public record RunSummary(
    String run,
    String status,
    String started,
    Double seconds,
    String task,
    String data,
    boolean sample,
    String model,
    String method,
    String size,
    long seed,
    TrainResult.Parameters parameters,
    TrainResult.Score best,
    Double score,
    double epochs,
    long steps) {

  static RunSummary of(RecordedRun run) {
    return new RunSummary(
        run.path().toString(),
        run.status(),
        run.manifest().started(),
        run.seconds(),
        run.task().key(),
        run.data(),
        run.isSample(),
        run.model(),
        run.config().adapter().methodName(),
        run.config().adapter().label(),
        run.config().seed(),
        run.outcome() == null ? null : run.outcome().parameters(),
        run.best(),
        run.score(),
        run.epochs(),
        run.steps());
  }

  /** What scores may be ranked together: the task, and whether the rows are the sample's. */
  String group() {
    return task + (sample ? " sample" : "");
  }
}
