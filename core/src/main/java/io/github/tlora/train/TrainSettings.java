package io.github.tlora.train;

import io.github.tlora.Key;
import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.data.BatchLimit;
import io.github.tlora.data.Task;
import io.github.tlora.tensor.Dtype;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The recipe of a training run. Every default and its reason stands in docs/defaults.md. */
public record TrainSettings(
    @Key(value = "Peak learning rate of what is trained.", unset = "decided by the method", min = 0)
        Double learningRate,
    @Key(value = "Passes over the training rows.", min = 1) Integer epochs,
    @Key(
            value = "Rows a batch; beside batch_tokens the most rows, and then without a default.",
            min = 1)
        Integer batchSize,
    @Key(
            value = "Tokens a batch, padding counted: as many rows of like length as go into them.",
            unset = "no limit",
            min = 4)
        Integer batchTokens,
    @Key(value = "Batches that make one step of the optimizer.", min = 1) Integer accumulationSteps,
    @Key(value = "Rows a batch in evaluation, without effect on scores.", min = 1)
        Integer evalBatchSize,
    @Key(value = "Tokens at which rows are cut, the longest part first.", min = 4)
        Integer maxLength,
    @Key(
            value = "How many training rows are used, drawn with the seed.",
            unset = "all rows",
            min = 1)
        Integer maxExamples,
    @Key(value = "AdamW's decoupled weight decay.", min = 0) Double weightDecay,
    @Key("Which trained tensors decay: those of two or more dimensions, or all.") Decay decay,
    @Key("The learning rate's course after the warm-up.") Schedule.Kind schedule,
    @Key(value = "The power of a polynomial schedule.", above = 0) Double schedulePower,
    @Key(value = "Share of all steps in which the learning rate rises from 0.", min = 0, max = 1)
        Double warmupRatio,
    @Key(
            value = "Steps of that rise, whatever their share.",
            unset = "warmup_ratio decides",
            min = 0)
        Integer warmupSteps,
    @Key(
            value =
                "Factor on the learning rate from each layer to the one below; 1 has one rate for all.",
            above = 0,
            max = 1)
        Double layerDecay,
    @Key(value = "Norm of all gradients above which they are scaled down; 0 never does.", min = 0)
        Double maxGradNorm,
    @Key(
            value = "How much a row of each class counts in the loss.",
            unset = "all classes count alike",
            above = 0)
        ClassWeights classWeights,
    @Key(value = "Share of each row's target that is spread over all classes.", min = 0, max = 1)
        Double labelSmoothing,
    @Key("Whether the backward pass computes each layer again, which saves memory.")
        Boolean gradientCheckpointing,
    @Key("Type of the encoder's products and attention: f32, or bf16 on a GPU; f16 is refused.")
        Dtype precision,
    @Key("When the dev rows are scored, and what follows from it.") EvaluationSettings evaluation,
    @Key("When the state of a training is saved.") CheckpointSettings checkpoints,
    @Key(
            value = "How long training may take, such as 90s, 30m or 1h30m; an evaluation ends it.",
            unset = "no limit",
            pattern = "(?=.)([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?")
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

  /** The learning rate's course over {@code total} steps; a ratio of them is rounded down. */
  public Schedule schedule(long total) {
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
