package io.github.tlora.run;

import io.github.tlora.UserError;
import io.github.tlora.run.AdapterSet.Request;
import io.github.tlora.run.Classifier.Prediction;
import io.github.tlora.run.Classifier.TextPair;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What answers lines of text: one adapter, or several of which each line names its own. */
sealed interface LineModel extends AutoCloseable {
  /**
   * Takes a line apart.
   *
   * @throws UserError exit 2 when the model does not take it; the message does not say where it is
   */
  Request read(String line);

  /** One prediction a row, in order. */
  List<Prediction> predict(List<Request> rows);

  @Override
  void close();

  /** One answer a row, in order; its text is the line without the adapter's name. */
  default List<PredictRun.Answer> answer(List<Request> rows) {
    List<Prediction> predictions = predict(rows);
    List<PredictRun.Answer> answers = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Request row = rows.get(i);
      String text = row.pair() == null ? row.text() : row.text() + "\t" + row.pair();
      answers.add(PredictRun.Answer.of(row.adapter(), text, predictions.get(i)));
    }
    return answers;
  }

  private static Request row(String adapter, String text, boolean isPair) {
    if (!isPair) {
      return new Request(adapter, text, null);
    }
    int tab = text.indexOf('\t');
    if (tab < 0) {
      throw UserError.usage(
          "the task takes two texts together: separate them by a tab, got '" + text + "'");
    }
    return new Request(adapter, text.substring(0, tab), text.substring(tab + 1));
  }

  /** One adapter; a line is its text, or both its texts. */
  record One(Classifier classifier) implements LineModel {
    static One load(Path run, String model, Environment environment) {
      return new One(Classifier.load(run, model, environment));
    }

    @Override
    public Request read(String line) {
      return row(null, line, classifier.takesPairs());
    }

    @Override
    public List<Prediction> predict(List<Request> rows) {
      return classifier.takesPairs()
          ? classifier.predictPairs(
              rows.stream().map(row -> new TextPair(row.text(), row.pair())).toList())
          : classifier.predict(rows.stream().map(Request::text).toList());
    }

    @Override
    public void close() {
      classifier.close();
    }
  }

  /** Several; a line begins with its adapter's name and a tab. */
  record Several(AdapterSet adapters) implements LineModel {
    static Several open(Map<String, Path> adapters, String model, Environment environment) {
      return new Several(AdapterSet.open(adapters, model, environment));
    }

    @Override
    public Request read(String line) {
      int tab = line.indexOf('\t');
      if (tab < 0) {
        throw UserError.usage(
            "a line must begin with the adapter's name and a tab, got '" + line + "'");
      }
      String name = line.substring(0, tab);
      return row(name, line.substring(tab + 1), adapters.takesPairs(name));
    }

    @Override
    public List<Prediction> predict(List<Request> rows) {
      return adapters.predict(rows);
    }

    @Override
    public void close() {
      adapters.close();
    }
  }
}
