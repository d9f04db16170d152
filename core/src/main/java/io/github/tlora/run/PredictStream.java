package io.github.tlora.run;

import io.github.tlora.UserError;
import io.github.tlora.run.AdapterSet.Request;
import io.github.tlora.run.PredictRun.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Predictions for lines as they come, as a filter in a pipe makes them: what has come is answered
 * before more is waited for, and what comes together is predicted together.
 */
public final class PredictStream {
  /**
   * Lines at once: enough for batches of like length, few enough for the first answers to come
   * soon.
   */
  private static final int TOGETHER = 256;

  private PredictStream() {}

  /**
   * Answers every line but blank ones, until {@code in} ends.
   *
   * @param run a run directory or an adapter's
   * @param in texts in UTF-8; of a task of two texts both, parted by a tab
   * @param model where the base is found now, or null for where it was in training
   * @param reader takes the answers, in order; false when it takes no more
   * @throws UserError that begins with the number of the line that is not taken; those before it
   *     have been answered
   */
  public static void answer(
      Path run,
      InputStream in,
      String model,
      Environment environment,
      Predicate<List<Answer>> reader) {
    try (LineModel lines = LineModel.One.load(run, model, environment)) {
      answer(lines, in, reader);
    }
  }

  /**
   * The same for lines that begin with their adapter's name and a tab.
   *
   * @param adapters run directories or adapters', by name
   */
  public static void answer(
      Map<String, Path> adapters,
      InputStream in,
      String model,
      Environment environment,
      Predicate<List<Answer>> reader) {
    try (LineModel lines = LineModel.Several.open(adapters, model, environment)) {
      answer(lines, in, reader);
    }
  }

  private static void answer(LineModel model, InputStream in, Predicate<List<Answer>> reader) {
    LineGroups groups = new LineGroups(in);
    try {
      boolean goesOn = true;
      while (goesOn) {
        List<LineGroups.Line> group = groups.next();
        goesOn = !group.isEmpty();
        for (int i = 0; goesOn && i < group.size(); i += TOGETHER) {
          int end = Math.min(group.size(), i + TOGETHER);
          goesOn = answer(model, group.subList(i, end), reader);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean answer(
      LineModel model, List<LineGroups.Line> group, Predicate<List<Answer>> reader) {
    List<Request> rows = new ArrayList<>();
    UserError fault = null;
    for (LineGroups.Line line : group) {
      try {
        String text = line.text();
        if (!text.isBlank()) {
          rows.add(model.read(text));
        }
      } catch (UserError e) {
        fault =
            new UserError(e.kind(), "predict: line " + line.number() + ": " + e.getMessage(), e);
        break;
      }
    }
    boolean goesOn = rows.isEmpty() || reader.test(model.answer(rows));
    if (fault != null) {
      throw fault;
    }
    return goesOn;
  }
}
