package io.github.tlora.run;

import io.github.tlora.UserError;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Example;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Task;
import io.github.tlora.tensor.AtomicFile;
import io.github.tlora.train.Evaluator;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Predicts the test rows of a GLUE task, in the files that gluebenchmark.com takes: header, index,
 * class numbers or label words, as its sample submission has them.
 */
public final class SubmissionRun {
  /** Rows that are tokenized and predicted before the next progress is told. */
  private static final int ROWS_A_STEP = 2048;

  private final LoadedAdapter adapter;
  private final Glue task;
  private final Environment environment;
  private final Consumer<Progress> listener;

  private SubmissionRun(
      LoadedAdapter adapter, Glue task, Environment environment, Consumer<Progress> listener) {
    this.adapter = adapter;
    this.task = task;
    this.environment = environment;
    this.listener = listener;
  }

  /** How far one file is. */
  public record Progress(String file, int rows, int of, double secondsLeft) {}

  /**
   * A file of the submission.
   *
   * @param rows predictions in it
   * @param data the file that the rows are from
   */
  public record Written(String file, int rows, String data) {}

  /** What was written: {@code files} in the directory {@code output}. */
  public record Result(String run, String task, String output, List<Written> files) {}

  /** Where rows of a file of the submission are. */
  private record Part(Dataset dataset, String split) {}

  /**
   * Writes the files of the task that the adapter in {@code run} is for; of MNLI three, the third
   * only where the diagnostic set is beside MNLI's files or in the home.
   *
   * @param run a run directory or an adapter's
   * @param data where the task's files are, or null for those of the run
   * @param output the directory, which may have the files of other tasks
   * @param model where the base is found now, or null for where it was in training
   * @throws UserError exit 2 when the task is none of GLUE's or a file exists, 3 when test rows are
   *     missing
   */
  public static Result write(
      Path run,
      String data,
      Path output,
      String model,
      Environment environment,
      Consumer<Progress> listener) {
    String name = LoadedAdapter.configOf(run).task();
    if (!Task.names().contains(name)) {
      throw UserError.usage(
          "--glue-format: task " + name + " is none of GLUE's: " + String.join(", ", Task.names()));
    }
    try (LoadedAdapter adapter = LoadedAdapter.open(run, model, environment)) {
      Glue task = (Glue) adapter.task();
      SubmissionRun submission = new SubmissionRun(adapter, task, environment, listener);
      List<Written> files = submission.write(adapter.dataset(data, environment), output);
      return new Result(run.toString(), task.key(), output.toString(), files);
    }
  }

  private List<Written> write(Dataset dataset, Path output) {
    Map<String, Part> parts = parts(dataset);
    Map<String, Dataset.Split> splits = new LinkedHashMap<>();
    for (Map.Entry<String, Part> part : parts.entrySet()) {
      if (Files.exists(output.resolve(part.getKey()))) {
        throw UserError.usage(
            "-o: '"
                + output.resolve(part.getKey())
                + "' exists already. Name another directory, or remove it first");
      }
      splits.put(part.getKey(), part.getValue().dataset().split(part.getValue().split()));
    }
    try {
      Files.createDirectories(output);
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, output + ": the directory cannot be made", e);
    }
    List<Written> written = new ArrayList<>();
    splits.forEach(
        (file, split) -> {
          AtomicFile.write(output.resolve(file), predictions(file, split));
          written.add(new Written(file, split.rows().size(), split.file()));
        });
    return written;
  }

  /** The files of the submission, each with its rows. */
  private Map<String, Part> parts(Dataset dataset) {
    Map<String, Part> parts = new LinkedHashMap<>();
    if (task != Glue.MNLI) {
      parts.put(task.title() + ".tsv", new Part(dataset, "test"));
      return parts;
    }
    parts.put("MNLI-m.tsv", new Part(dataset, "test_matched"));
    parts.put("MNLI-mm.tsv", new Part(dataset, "test_mismatched"));
    new DiagnosticSet(dataset, environment)
        .unlabelled()
        .ifPresent(ax -> parts.put("AX.tsv", new Part(ax, "test")));
    return parts;
  }

  private String predictions(String file, Dataset.Split split) {
    StringBuilder text = new StringBuilder("index\tprediction\n");
    List<Example> rows = split.rows();
    long started = System.nanoTime();
    for (int from = 0; from < rows.size(); from += ROWS_A_STEP) {
      int to = Math.min(rows.size(), from + ROWS_A_STEP);
      float[][] logits =
          Evaluator.logits(
              adapter.model(),
              adapter.rows(rows.subList(from, to)),
              LoadedAdapter.BATCH_SIZE,
              adapter.manager());
      for (int i = from; i < to; i++) {
        // The file's own number: rows may have been put in another order.
        String index = split.indexes().isEmpty() ? Integer.toString(i) : split.indexes().get(i);
        text.append(index).append('\t').append(prediction(task, logits[i - from])).append('\n');
      }
      double seconds = (System.nanoTime() - started) / 1e9;
      listener.accept(new Progress(file, to, rows.size(), seconds / to * (rows.size() - to)));
    }
    return text.toString();
  }

  /**
   * What stands for {@code logits} in a submission.
   *
   * @throws UserError exit 1 when they are not finite
   */
  static String prediction(Glue task, float[] logits) {
    for (float logit : logits) {
      if (!Float.isFinite(logit)) {
        throw UserError.failed("the adapter gives " + logit + " for a test row: it has diverged");
      }
    }
    if (task.isRegression()) {
      float value = Math.max(0, Math.min(5, logits[0]));
      return new BigDecimal(Float.toString(value)).toPlainString();
    }
    int best = Evaluator.highest(logits, task.labels().size());
    return switch (task) {
      case MNLI, QNLI, RTE, AX -> task.labels().get(best);
      default -> Integer.toString(best);
    };
  }
}
