package io.github.tlora.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.UserError;
import io.github.tlora.data.Example;
import io.github.tlora.run.Classifier.Prediction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Predictions for lines of text, for lines that name their adapter, or for a split's rows. */
public final class PredictRun {
  private PredictRun() {}

  /**
   * One answer: label and probabilities, or the value of a regression.
   *
   * @param adapter the adapter that the line named; null with one adapter
   * @param text the line; two texts are parted by a tab
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Answer(
      String adapter, String text, String label, Map<String, Double> probabilities, Double value) {
    static Answer of(String adapter, String text, Prediction prediction) {
      return prediction.value() == null
          ? new Answer(adapter, text, prediction.label(), prediction.probabilities(), null)
          : new Answer(adapter, text, null, null, prediction.value());
    }
  }

  /**
   * One answer a line.
   *
   * @param run a run directory or an adapter's
   * @param lines texts; of a task of two texts both, parted by a tab
   * @param model where the base is found now, or null for where it was in training
   * @throws UserError exit 2 for a line without a tab where two texts are taken together
   */
  public static List<Answer> lines(
      Path run, List<String> lines, String model, Environment environment) {
    try (LineModel texts = LineModel.One.load(run, model, environment)) {
      return answers(texts, lines);
    }
  }

  /**
   * One answer a line that begins with its adapter's name and a tab.
   *
   * @param adapters run directories or adapters', by name
   * @throws UserError exit 2 for a line that names none of them
   */
  public static List<Answer> lines(
      Map<String, Path> adapters, List<String> lines, String model, Environment environment) {
    try (LineModel texts = LineModel.Several.open(adapters, model, environment)) {
      return answers(texts, lines);
    }
  }

  private static List<Answer> answers(LineModel model, List<String> lines) {
    List<AdapterSet.Request> rows = new ArrayList<>();
    for (String line : lines) {
      try {
        rows.add(model.read(line));
      } catch (UserError e) {
        throw new UserError(e.kind(), "predict: " + e.getMessage(), e);
      }
    }
    return model.answer(rows);
  }

  /**
   * One answer a row of a split, labelled or not, in the file's order.
   *
   * @param data where the rows are, or null for those of the run
   * @param split such as {@code test}
   * @throws UserError exit 2 when the task has no such split, 3 when its file is missing
   */
  public static List<Answer> split(
      Path run, String data, String split, String model, Environment environment) {
    try (LoadedAdapter adapter = LoadedAdapter.open(run, model, environment)) {
      List<Example> rows = adapter.dataset(data, environment).split(split).rows();
      List<Prediction> predictions = adapter.predictions(adapter.rows(rows));
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < predictions.size(); i++) {
        Example row = rows.get(i);
        String text = row.pair() == null ? row.text() : row.text() + "\t" + row.pair();
        answers.add(Answer.of(null, text, predictions.get(i)));
      }
      return answers;
    }
  }
}
