package io.github.tlora.train;

import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.data.BatchLimit;
import io.github.tlora.data.Task;
import io.github.tlora.tensor.Dtype;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The recipe of a training run. Every default and its reason stands in docs/defaults.md.
 *
 * @param learningRate peak learning rate of the adapter; null uses the method's default
 * @param epochs passes over the training rows
 * @param batchSize rows a micro-batch, at most where there is {@code batchTokens}; null has no
 *     limit but that
 * @param batchTokens the most tokens of a micro-batch, padding counted: as many rows of like length
 *     as go into them; null takes {@code batchSize} rows, however long
 * @param accumulationSteps micro-batches an optimizer step
 * @param evalBatchSize rows a batch in evaluation (no effect on scores)
 * @param maxLength longest sequence in tokens; longer ones are cut, the longest part first
 * @param maxExamples training rows used, drawn with the run's seed; null uses all
 * @param weightDecay AdamW's decoupled decay
 * @param decay which trained tensors decay
 * @param schedule the learning rate's course after the warm-up
 * @param schedulePower of a polynomial schedule
 * @param warmupRatio share of all steps in which the learning rate rises from 0
 * @param warmupSteps steps of that rise, whatever their share; null takes {@code warmupRatio}
 * @param layerDecay factor on the learning rate from each layer to the one below; 1 has one rate
 *     for all (arXiv 2003.10555, appendix A)
 * @param maxGradNorm global gradient norm above which gradients are scaled down; 0 never does
 * @param classWeights how much a row of each class counts in the loss; null counts all alike
 * @param labelSmoothing share of each row's target that is spread over all classes
 * @param gradientCheckpointing whether the backward pass computes each layer again, so that only
 *     one layer's activations are in memory (arXiv 1604.06174)
 * @param precision in which type the encoder's matrix products and attention are computed
 * @param evaluation when the dev rows are scored, and what follows from it
 * @param checkpoints when the state is saved
 * @param maxTime how long training may take, such as {@code 90s}, {@code 30m} or {@code 1h30m}; it
 *     then ends with an evaluation, as after its last step. Null has no limit
 */
public record TrainSettings(
    Double learningRate,
    Integer epochs,
    Integer batchSize,
    Integer batchTokens,
    Integer accumulationSteps,
    Integer evalBatchSize,
    Integer maxLength,
    Integer maxExamples,
    Double weightDecay,
    Decay decay,
    Schedule.Kind schedule,
    Double schedulePower,
    Double warmupRatio,
    Integer warmupSteps,
    Double layerDecay,
    Double maxGradNorm,
    ClassWeights classWeights,
    Double labelSmoothing,
    Boolean gradientCheckpointing,
    Dtype precision,
    EvaluationSettings evaluation,
    CheckpointSettings checkpoints,
    String maxTime) {

  private static final Pattern TIME =
      Pattern.compile("(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,6})s)?");

  /** Which trained tensors AdamW decays. */
  public enum Decay {
    /** Tensors of two or more dimensions: B, A and the head's matrices; no alpha, no bias. */
    MATRICES,
    /** Every trained tensor, as {@code torch.optim.AdamW(model.parameters())} does. */
    ALL
  }

  public TrainSettings {
    epochs = Setting.atLeast("epochs", epochs == null ? 5 : epochs, 1);
    batchSize = batchSize == null && batchTokens == null ? (Integer) 32 : batchSize;
    if (batchSize != null) {
      Setting.atLeast("batch_size", batchSize, 1);
    }
    if (batchTokens != null) {
      Setting.atLeast("batch_tokens", batchTokens, 4);
    }
    accumulationSteps =
        Setting.atLeast("accumulation_steps", accumulationSteps == null ? 1 : accumulationSteps, 1);
    evalBatchSize =
        Setting.atLeast("eval_batch_size", evalBatchSize == null ? 64 : evalBatchSize, 1);
    maxLength = Setting.atLeast("max_length", maxLength == null ? 128 : maxLength, 4);
    weightDecay = Setting.notNegative("weight_decay", weightDecay == null ? 0.01 : weightDecay);
    decay = decay == null ? Decay.MATRICES : decay;
    schedule = schedule == null ? Schedule.Kind.LINEAR : schedule;
    schedulePower = Setting.positive("schedule_power", schedulePower == null ? 2 : schedulePower);
    warmupRatio = Setting.share("warmup_ratio", warmupRatio == null ? 0.06 : warmupRatio);
    if (warmupSteps != null) {
      Setting.atLeast("warmup_steps", warmupSteps, 0);
    }
    layerDecay = layerDecay == null ? 1 : layerDecay;
    if (!(layerDecay > 0 && layerDecay <= 1)) {
      throw new IllegalArgumentException(
          "layer_decay must be above 0 and at most 1, got " + layerDecay);
    }
    maxGradNorm = Setting.notNegative("max_grad_norm", maxGradNorm == null ? 0.0 : maxGradNorm);
    labelSmoothing = Setting.share("label_smoothing", labelSmoothing == null ? 0 : labelSmoothing);
    gradientCheckpointing = gradientCheckpointing != null && gradientCheckpointing;
    precision = precision == null ? Dtype.F32 : precision;
    if (precision == Dtype.F16) {
      throw new IllegalArgumentException(
          "precision must be f32 or bf16, got f16, whose small numbers would need scaled losses");
    }
    evaluation = evaluation == null ? EvaluationSettings.defaults() : evaluation;
    checkpoints = checkpoints == null ? CheckpointSettings.defaults() : checkpoints;
    if (maxTime != null && seconds(maxTime) == 0) {
      throw new IllegalArgumentException(
          "max_time must be a time such as 90s, 30m or 1h30m, got '" + maxTime + "'");
    }
    if (classWeights != null) {
      classWeights.given().forEach(weight -> Setting.positive("class_weights", weight));
    }
    if (learningRate != null) {
      Setting.notNegative("learning_rate", learningRate);
    }
    if (maxExamples != null) {
      Setting.atLeast("max_examples", maxExamples, 1);
    }
  }

  /** All defaults. */
  public static TrainSettings defaults() {
    return new TrainSettings(
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null, null, null, null, null, null);
  }

  /** How long training may take, in seconds; infinite where there is no limit. */
  double maxSeconds() {
    return maxTime == null ? Double.POSITIVE_INFINITY : seconds(maxTime);
  }

  /** 0 for what is no time. */
  private static long seconds(String time) {
    Matcher parts = TIME.matcher(time);
    return parts.matches() ? part(parts, 1) * 3600 + part(parts, 2) * 60 + part(parts, 3) : 0;
  }

  private static long part(Matcher parts, int group) {
    return parts.group(group) == null ? 0 : Long.parseLong(parts.group(group));
  }

  /** The learning rate's course over {@code total} steps. */
  Schedule schedule(long total) {
    long warmup = warmupSteps == null ? (long) (warmupRatio * total) : warmupSteps;
    return new Schedule(schedule, schedulePower, warmup, total);
  }

  /** How much goes into a micro-batch. */
  public BatchLimit batchLimit() {
    return new BatchLimit(
        batchSize == null ? BatchLimit.NONE : batchSize,
        batchTokens == null ? BatchLimit.NONE : batchTokens);
  }

  /**
   * The weight of each logit of a head with so many; null where all classes count alike.
   *
   * @throws UserError exit 2 when the loss of {@code task} has no classes, or others
   */
  public float[] classWeights(Task task, int logits) {
    if (task.isRegression() && (classWeights != null || labelSmoothing > 0)) {
      throw UserError.usage(
          "train."
              + (classWeights != null ? "class_weights" : "label_smoothing")
              + ": task "
              + task.key()
              + " is a regression, which has no classes. Leave the setting out");
    }
    return classWeights == null ? null : classWeights.of(task.labels(), logits);
  }

  /** The same steps without what else happens meanwhile, for measuring them. */
  public TrainSettings stepsAlone() {
    return with(learningRate, null, null, null);
  }

  /** The same recipe with another peak learning rate. */
  public TrainSettings withLearningRate(double rate) {
    return with(rate, evaluation, checkpoints, maxTime);
  }

  private TrainSettings with(
      Double rate, EvaluationSettings when, CheckpointSettings saved, String longest) {
    return new TrainSettings(
        rate,
        epochs,
        batchSize,
        batchTokens,
        accumulationSteps,
        evalBatchSize,
        maxLength,
        maxExamples,
        weightDecay,
        decay,
        schedule,
        schedulePower,
        warmupRatio,
        warmupSteps,
        layerDecay,
        maxGradNorm,
        classWeights,
        labelSmoothing,
        gradientCheckpointing,
        precision,
        when,
        saved,
        longest);
  }
}
