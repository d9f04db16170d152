package io.github.tlora.train;

import io.github.tlora.Key;
import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Metric;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * When the dev rows are scored, which of the evaluations is best, and when training need not go on.
 */
public record EvaluationSettings(
    @Key(
            value =
                "Steps from one evaluation on the dev rows to the next, and one after the last step.",
            unset = "after each epoch",
            min = 1)
        Integer steps,
    @Key(
            value = "The score that decides which evaluation is best: one of the task's, or loss.",
            unset = "what GLUE ranks the task by")
        String bestBy,
    @Key(
            value = "Evaluations in a row that are no better, after which training ends early.",
            unset = "never",
            min = 1)
        Integer patience) {
  private static final String LOSS = "loss";

  public EvaluationSettings {
    if (steps != null) {
      Setting.atLeast("steps", steps, 1);
    }
    if (patience != null) {
      Setting.atLeast("patience", patience, 1);
    }
  }

  /** All defaults. */
  public static EvaluationSettings defaults() {
    return new EvaluationSettings(null, null, null);
  }

  /**
   * Checks that {@code task} has the score that decides.
   *
   * @throws UserError exit 2, with those that it has
   */
  public void requireScoreOf(Task task) {
    List<String> known = known(task);
    if (bestBy != null && !known.contains(bestBy)) {
      throw UserError.usage(
          "train.evaluation.best_by: task "
              + task.key()
              + " has no score '"
              + bestBy
              + "', only "
              + String.join(", ", known));
    }
  }

  private static List<String> known(Task task) {
    Stream<Metric> metrics = task.devSplits().stream().flatMap(s -> task.metrics(s).stream());
    return Stream.concat(metrics.map(Metric::key), Stream.of(LOSS))
        .distinct()
        .collect(Collectors.toList());
  }

  /** What is compared: the higher, the better. */
  double score(Evaluator.Evaluation scored, Task task) {
    if (bestBy == null) {
      return scored.mean(task.bestBy());
    } else if (bestBy.equals(LOSS)) {
      return -scored.loss();
    }
    return scored.metrics().entrySet().stream()
        .filter(entry -> entry.getKey().key().equals(bestBy))
        .mapToDouble(entry -> entry.getValue())
        .findFirst()
        .orElseThrow();
  }

  /** Whether the dev rows are scored after {@code step} of {@code total}. */
  boolean isDue(long step, long stepsAnEpoch, long total) {
    return steps == null ? step % stepsAnEpoch == 0 : step % steps == 0 || step == total;
  }
}
