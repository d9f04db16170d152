package io.github.tlora.cli;

import io.github.tlora.config.Layers;
import picocli.CommandLine.Option;

/** The options that say when a training is scored and saved, and when it ends. */
final class CourseOptions {
  @Heading("Course")
  @Option(
      names = "--eval-steps",
      paramLabel = "N",
      description = "Score the dev rows every N steps (default: after each epoch).")
  private String evalSteps;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "End after N evaluations that are no better (default: never).")
  private String patience;

  @Option(
      names = "--save-steps",
      paramLabel = "N",
      description = "Save what --resume needs every N steps (default: at evaluations).")
  private String saveSteps;

  @Option(
      names = "--max-time",
      paramLabel = "TIME",
      description = "End after such a time, as 90s, 30m or 1h30m (default: no limit).")
  private String maxTime;

  /** Puts what was given over {@code layers}. */
  Layers over(Layers layers) {
    ConfigOptions.flag(layers, "--eval-steps", "train.evaluation.steps", evalSteps);
    ConfigOptions.flag(layers, "--patience", "train.evaluation.patience", patience);
    ConfigOptions.flag(layers, "--save-steps", "train.checkpoints.steps", saveSteps);
    ConfigOptions.flag(layers, "--max-time", "train.max_time", maxTime);
    return layers;
  }
}
