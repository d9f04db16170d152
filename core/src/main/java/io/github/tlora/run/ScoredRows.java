package io.github.tlora.run;

import io.github.tlora.metric.Details;
import io.github.tlora.metric.Predictions;
import io.github.tlora.train.Evaluator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/** The dev rows as the adapter of the best epoch answers them: as tables, and counted. */
final class ScoredRows {
  static final String DETAILS = "details.json";
  static final String PREDICTIONS = "predictions";

  private ScoredRows() {}

  /** Writes what {@code evaluation} has of each split. */
  static void write(Evaluator.Evaluation evaluation, RunDirectory directory) {
    evaluation
        .splits()
        .forEach(
            (split, scored) -> directory.write(PREDICTIONS + "/" + split + ".tsv", tsv(scored)));
    directory.write(DETAILS, Json.pretty(details(evaluation)) + "\n");
  }

  /** The details of each split. */
  static Map<String, Details> details(Evaluator.Evaluation evaluation) {
    Map<String, Predictions> splits = new LinkedHashMap<>();
    evaluation.splits().forEach((split, scored) -> splits.put(split, scored.predictions()));
    return Details.of(splits);
  }

  /** A line a row: its number from 0, what it is, what was predicted, each class's probability. */
  private static String tsv(Evaluator.Evaluation scored) {
    Predictions rows = scored.predictions();
    StringBuilder text = new StringBuilder("index\tlabel\tprediction");
    rows.labels().forEach(label -> text.append('\t').append(label));
    text.append('\n');
    double[] actual = rows.actual();
    double[] predicted = rows.predicted();
    for (int i = 0; i < actual.length; i++) {
      StringJoiner line = new StringJoiner("\t", "", "\n");
      line.add(Integer.toString(i)).add(answer(rows, actual[i])).add(answer(rows, predicted[i]));
      if (!rows.isRegression()) {
        double[] shares = Evaluator.probabilities(scored.logits()[i]);
        for (int j = 0; j < rows.labels().size(); j++) {
          line.add(Float.toString((float) shares[j]));
        }
      }
      text.append(line);
    }
    return text.toString();
  }

  /** A class by its name, a number as it is. */
  private static String answer(Predictions rows, double value) {
    return rows.isRegression() ? Float.toString((float) value) : rows.labels().get((int) value);
  }
}
