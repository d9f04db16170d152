package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.Setting;
import io.github.tlora.adapter.Method;
import io.github.tlora.config.RunConfig;
import io.github.tlora.metric.Metric;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.run.InitFrom;
import io.github.tlora.run.MemoryEstimate;
import io.github.tlora.run.TrainResult;
import io.github.tlora.run.TrainRun;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.train.Trainer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Plans and results as text. */
final class Panel {
  private Panel() {}

  /** What is about to be trained. */
  static String of(TrainRun.Plan plan) {
    RunConfig config = plan.config();
    String note = plan.sample() ? " (sentences written for tlora: no GLUE score)" : "";
    return String.join(
            System.lineSeparator(),
            row("task", config.task() + ", seed " + config.seed()),
            row("model", model(plan)),
            row("data", plan.data() + note),
            row(
                "rows",
                Quantity.number(plan.trainRows())
                    + " train, "
                    + Quantity.number(plan.devRows())
                    + " dev"
                    + (plan.devFraction() == null
                        ? ""
                        : " (drawn from them, dev_fraction " + plan.devFraction() + ")")
                    + (plan.skippedRows() == 0
                        ? ""
                        : ", " + Quantity.number(plan.skippedRows()) + " short ones left out")),
            row("method", method(config.adapter())),
            row("head", head(plan.headForm())),
            row(
                "parameters",
                Quantity.number(plan.adapter())
                    + " adapter + "
                    + Quantity.number(plan.head())
                    + " head, "
                    + Quantity.number(plan.trainable())
                    + " trained of "
                    + Quantity.number(plan.total())),
            row(
                "recipe",
                config.train().epochs()
                    + " epochs x batch "
                    + config.train().batchLimit().label()
                    + " = "
                    + Quantity.number(plan.steps())
                    + " steps, learning rate "
                    + config.train().learningRate()),
            row("memory", memory(plan.memory(), plan.probe() == null ? "about " : "")))
        + time(plan)
        + start(plan.start());
  }

  private static String start(InitFrom.Start start) {
    return start == null
        ? ""
        : System.lineSeparator()
            + row(
                "start",
                "from "
                    + start.run()
                    + " ("
                    + start.task()
                    + "), "
                    + (start.head() ? "with its head" : "with a new head"));
  }

  private static String method(Method method) {
    String size = method.size().isEmpty() ? "" : " " + method.size();
    List<String> targets = method.targets();
    return method.methodName()
        + size
        + (targets.isEmpty() ? "" : " on " + String.join(", ", targets));
  }

  private static String head(HeadSettings head) {
    boolean isNew = head.from() == HeadSettings.From.FRESH;
    String form =
        head.kind() == HeadSettings.Kind.NATIVE
            ? "the model's own form"
            : "one layer on the "
                + (head.pooling() == HeadSettings.Pooling.MEAN ? "mean state" : "first state");
    return form
        + (isNew
            ? ", new"
            : ", the checkpoint's weights, labels " + Setting.word(head.labels()).replace('-', ' '))
        + (head.train() ? ", trained" : ", frozen");
  }

  /** Only where it was measured. */
  private static String time(TrainRun.Plan plan) {
    return plan.probe() == null
        ? ""
        : System.lineSeparator()
            + row(
                "time",
                String.format(
                    Locale.ROOT,
                    "about %s, %.2f s a step of the longest rows",
                    Quantity.duration(plan.probe().seconds()),
                    plan.probe().stepSeconds()));
  }

  private static String memory(MemoryEstimate memory, String about) {
    return about
        + String.format(
            Locale.ROOT,
            "%.1f GB: base %.2f, trained %.2f, activations %.2f, program %.2f",
            memory.total() / 1e9,
            memory.base() / 1e9,
            memory.trained() / 1e9,
            memory.activations() / 1e9,
            memory.program() / 1e9);
  }

  private static String model(TrainRun.Plan plan) {
    Dtype dtype = plan.config().model().dtype();
    return plan.model()
        + (plan.isComplete() ? "" : ", shape only: its files are not here,")
        + (dtype == Dtype.F32 ? "" : " in " + Setting.word(dtype))
        + " on "
        + plan.config().device();
  }

  /** What training came to. */
  static String of(TrainResult result, Paint paint) {
    String sample = result.data().sample() ? " on the bundled sample (no GLUE score)" : "";
    return Stream.of(
            row("run", result.run()),
            row("best", paint.bold(score(result.best())) + sample),
            row("last", score(result.last()) + ended(result.endedBy())),
            baseline(result),
            row(
                "speed",
                String.format(
                    Locale.ROOT,
                    "%.1f examples/s, %.0f tokens/s, %.1f s in all",
                    result.examplesPerSecond(),
                    result.tokensPerSecond(),
                    result.wallS())))
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining(System.lineSeparator()));
  }

  /** {@code baseline accuracy 0.5600 by a bag of words; best is above by accuracy 0.2200}. */
  private static String baseline(TrainResult result) {
    return result.baseline() == null
        ? ""
        : row(
            "baseline",
            scores(result.baseline())
                + " by a bag of words; best is above by "
                + scores(result.aboveBaseline()));
  }

  private static String ended(Trainer.End end) {
    return switch (end) {
      case PATIENCE -> "; it got no better (train.evaluation.patience)";
      case MAX_TIME -> "; the time was over (train.max_time)";
      case STEPS, STOPPED -> "";
    };
  }

  private static String score(TrainResult.Score score) {
    return scores(score.metrics())
        + String.format(
            Locale.ROOT, " after epoch %s, step %d", epoch(score.epoch()), score.step());
  }

  /** {@code epoch 2}; within one {@code epoch 1.25, step 40}. */
  static String when(double epoch, long step) {
    return "epoch " + epoch(epoch) + (epoch == Math.rint(epoch) ? "" : ", step " + step);
  }

  private static String epoch(double epoch) {
    return String.format(Locale.ROOT, epoch == Math.rint(epoch) ? "%.0f" : "%.2f", epoch);
  }

  /** {@code accuracy 0.8125, f1 0.8}; of MNLI's two accuracies the average too. */
  static String scores(Map<Metric, Double> metrics) {
    String mean = // GLUE's score of MNLI
        metrics.containsKey(Metric.ACCURACY_MM) && metrics.containsKey(Metric.ACCURACY)
            ? ", average "
                + rounded((metrics.get(Metric.ACCURACY) + metrics.get(Metric.ACCURACY_MM)) / 2)
            : "";
    return metrics.entrySet().stream()
            .map(entry -> entry.getKey().key() + " " + rounded(entry.getValue()))
            .collect(Collectors.joining(", "))
        + mean;
  }

  private static String rounded(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String row(String name, String value) {
    return String.format(Locale.ROOT, "%-11s %s", name, value);
  }
}
