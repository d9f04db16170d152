package io.github.tlora.train;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.metric.Metric;
import java.util.List;
import java.util.Map;

/** What happens in training, as it happens. */
public sealed interface Event {
  /** Optimizer steps done. */
  long step();

  /** Epochs done, with the part of the current one. */
  double epoch();

  /**
   * An optimizer step.
   *
   * @param loss mean over the step's rows: cross-entropy, or of a regression the squared error
   * @param learningRate the adapter's, used in this step
   * @param gradNorm global gradient norm before clipping; null where nothing is clipped
   * @param examplesPerSecond training rows a second since the start, evaluation not counted
   * @param tokensPerSecond real tokens a second, padding not counted
   * @param secondsLeft until the last step at this speed
   */
  record Stepped(
      long step,
      double epoch,
      double loss,
      double learningRate,
      @JsonInclude(JsonInclude.Include.NON_NULL) Double gradNorm,
      double examplesPerSecond,
      double tokensPerSecond,
      double secondsLeft)
      implements Event {}

  /** Something that is not as it should be and does not end training, in a sentence. */
  record Warned(long step, double epoch, String warning) implements Event {}

  /**
   * An evaluation of the whole dev split. The model still holds the weights that were scored.
   *
   * @param isBest whether it beats every earlier one
   * @param warnings what makes the scores less than they seem, a sentence each
   * @param scored all of it, row by row
   */
  record Evaluated(
      long step,
      double epoch,
      Map<Metric, Double> metrics,
      double loss,
      boolean isBest,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> warnings,
      @JsonIgnore Evaluator.Evaluation scored)
      implements Event {
    Evaluated(long step, double epoch, boolean isBest, Evaluator.Evaluation scored) {
      this(
          step, epoch, scored.metrics(), scored.loss(), isBest, scored.scores().warnings(), scored);
    }
  }

  /** A moment between evaluations from which training can go on: its state is to be saved. */
  record Saved(long step, double epoch) implements Event {}
}
