package io.github.tlora.log;

import io.github.tlora.train.Event;
import java.util.LinkedHashMap;
import java.util.Map;

/** The numbers of an event by the names under which programs draw them. */
final class Scalars {
  private Scalars() {}

  /** Of a step its loss, rate, norm and speed; of an evaluation the dev rows' loss and scores. */
  static Map<String, Double> of(Event event) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    if (event instanceof Event.Stepped step) {
      scalars.put("loss", step.loss());
      scalars.put("learning_rate", step.learningRate());
      if (step.gradNorm() != null) {
        scalars.put("grad_norm", step.gradNorm());
      }
      scalars.put("examples_per_second", step.examplesPerSecond());
    } else if (event instanceof Event.Evaluated evaluated) {
      scalars.put("dev/loss", evaluated.loss());
      evaluated.metrics().forEach((metric, score) -> scalars.put("dev/" + metric.key(), score));
    }
    return scalars;
  }
}
