package io.github.tlora.cli;

import io.github.tlora.run.PredictRun.Answer;
import java.util.Locale;
import java.util.stream.Collectors;

/** A prediction as a line, its parts separated by tabs. */
final class AnswerLine {
  private AnswerLine() {}

  /** Adapter if there are several, label and probabilities or value, text. */
  static String of(Answer answer) {
    String adapter = answer.adapter() == null ? "" : answer.adapter() + "\t";
    if (answer.value() != null) {
      return String.format(Locale.ROOT, "%s%.4f\t%s", adapter, answer.value(), answer.text());
    }
    String probabilities =
        answer.probabilities().entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "%s %.4f", e.getKey(), e.getValue()))
            .collect(Collectors.joining(", "));
    return adapter + answer.label() + "\t" + probabilities + "\t" + answer.text();
  }
}
