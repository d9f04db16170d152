package io.github.tlora.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.tlora.UserError;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Example;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Rows;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Details;
import io.github.tlora.metric.Metric;
import io.github.tlora.model.MergedBase;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.WeightSource;
import io.github.tlora.train.Evaluator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Scores a trained adapter on a split, from its files alone. */
public final class EvalRun {
  private EvalRun() {}

  /**
   * A split's scores.
   *
   * @param run the directory as given
   * @param sample whether the rows are the bundled sample's
   * @param metrics fractions
   * @param warnings what makes them less than they seem, a sentence each
   * @param details class by class, by split; null where they are not wanted
   */
  public record Result(
      String run,
      String task,
      String split,
      int rows,
      Map<Metric, Double> metrics,
      String data,
      boolean sample,
      List<String> warnings,
      @JsonInclude(JsonInclude.Include.NON_NULL) Map<String, Details> details) {

    /** The same without details. */
    public Result brief() {
      return new Result(run, task, split, rows, metrics, data, sample, warnings, null);
    }
  }

  /**
   * Scores the adapter in {@code run}.
   *
   * @param run a run directory or an adapter's
   * @param data where the rows are, or null for those of the run
   * @param split {@code dev}, which of MNLI is both, or another of the task's; of MNLI also {@code
   *     ax}, the diagnostic set with its labels
   * @param model where the base is found now, or null for where it was in training
   */
  public static Result evaluate(
      Path run, String data, String split, String model, Environment environment) {
    try (LoadedAdapter adapter = LoadedAdapter.open(run, model, environment)) {
      return score(run, adapter, adapter.model(), data, split, environment);
    }
  }

  /**
   * Scores of several adapters on one loaded base.
   *
   * @param baseError largest absolute difference of a weight of the base before the first switch
   *     and after the last; null where adapters were not added to its weights
   */
  public record Several(
      List<Result> adapters, @JsonInclude(JsonInclude.Include.NON_NULL) Double baseError) {

    /** The same without details. */
    public Several brief() {
      return new Several(adapters.stream().map(Result::brief).toList(), baseError);
    }

    /** GLUE's average over the dev splits of its nine tasks; null where not each is there once. */
    @JsonProperty("glue_average")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public Double glueAverage() {
      Map<Glue, Map<Metric, Double>> scored = new EnumMap<>(Glue.class);
      for (Result result : adapters) {
        boolean isGlue = result.split().equals("dev") && Task.isKnown(result.task());
        if (isGlue && scored.put((Glue) Task.named(result.task()), result.metrics()) != null) {
          return null; // of two runs of a task neither is the one that counts
        }
      }
      OptionalDouble average = Glue.average(scored);
      return average.isPresent() ? average.getAsDouble() : null;
    }
  }

  /**
   * Scores the adapters in {@code runs}, whose base is loaded once.
   *
   * @param merged whether each is added to the base's weights while it is scored and subtracted
   *     again, or computed beside them
   * @throws UserError exit 2 when one of them cannot be merged and {@code merged} is set
   */
  public static Several evaluate(
      List<Path> runs,
      String data,
      String split,
      String model,
      boolean merged,
      Environment environment) {
    if (merged) {
      runs.forEach(run -> LoadedAdapter.configOf(run).requireMergeable(run));
    }
    try (LoadedBase base = LoadedBase.of(runs, model, merged ? Dtype.F32 : null, environment)) {
      MergedBase switching = merged ? new MergedBase(base.model(), base.manager()) : null;
      List<Result> results = new ArrayList<>();
      for (Path run : runs) {
        try (LoadedAdapter adapter = LoadedAdapter.on(base, run)) {
          SequenceClassifier scored =
              merged ? switching.switchTo(adapter.model()) : adapter.model();
          results.add(score(run, adapter, scored, data, split, environment));
          if (merged) {
            switching.giveBack(); // before the adapter closes
          }
        }
      }
      return new Several(results, merged ? error(switching, base) : null);
    }
  }

  private static double error(MergedBase switching, LoadedBase base) {
    try (WeightSource weights = base.files().openWeights()) {
      return switching.largestError(weights);
    }
  }

  private static List<Example> labelled(Dataset.Split split, Task task) {
    for (Example row : split.rows()) {
      if (task.isRegression() ? Float.isNaN(row.value()) : row.label() < 0) {
        throw UserError.file(
            split.file()
                + ": has rows without a label, which cannot be scored. 'tlora predict RUN --split"
                + " test' labels them");
      }
    }
    return split.rows();
  }

  private static void requireMnli(LoadedAdapter adapter) {
    if (adapter.task() != Glue.MNLI) {
      throw UserError.usage(
          "--split ax: the diagnostic set is scored with an adapter of mnli; this one is of "
              + adapter.task().key());
    }
  }

  private static Result score(
      Path run,
      LoadedAdapter adapter,
      SequenceClassifier model,
      String data,
      String split,
      Environment environment) {
    boolean isDiagnostic = split.equals(Glue.AX.key());
    Task task = isDiagnostic ? Glue.AX : adapter.task();
    Dataset dataset = adapter.dataset(data, environment);
    List<String> splits = split.equals("dev") ? dataset.devSplits() : List.of(split);
    if (isDiagnostic) {
      requireMnli(adapter);
      dataset = new DiagnosticSet(dataset, environment).labelled();
      splits = List.of("test");
    }
    Map<String, Rows> rows = new LinkedHashMap<>();
    for (String name : splits) {
      rows.put(name, adapter.rowsOfSplit(labelled(dataset.split(name), task)));
    }
    Evaluator.Evaluation scored =
        Evaluator.evaluate(model, rows, task, LoadedAdapter.BATCH_SIZE, adapter.manager());
    return new Result(
        run.toString(),
        adapter.task().key(),
        split,
        rows.values().stream().mapToInt(Rows::size).sum(),
        scored.metrics(),
        dataset.name(),
        dataset.isSample(),
        scored.scores().warnings(),
        ScoredRows.details(scored));
  }
}
