package io.github.tlora.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.metric.Metric;
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

  /**
   * An evaluation of the whole dev split. The model still holds the weights that were scored.
   *
   * @param isBest whether it beats every earlier one
   */
  record Evaluated(
      long step, double epoch, Map<Metric, Double> metrics, double loss, boolean isBest)
      implements Event {}
}
