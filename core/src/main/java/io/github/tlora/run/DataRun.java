package io.github.tlora.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.UserError;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Example;
import io.github.tlora.data.Task;
import io.github.tlora.data.TokenLengths;
import io.github.tlora.data.Tokenizer;
import io.github.tlora.model.Architecture;
import io.github.tlora.model.ModelFiles;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Says what a data set is. */
public final class DataRun {
  private static final int SAMPLES = 3;
  private static final int ROWS_AT_ONCE = 1000;

  private DataRun() {}

  /**
   * What a data set is.
   *
   * @param data where it is
   * @param model whose tokenizer counts
   * @param maxLength the longest row in tokens that training takes
   */
  public record Report(
      String task,
      String data,
      boolean sample,
      boolean regression,
      boolean pair,
      String model,
      int maxLength,
      Map<String, Split> splits) {}

  /**
   * One split.
   *
   * @param skipped short rows that are left out
   * @param columns the names in the file's header; none without one
   * @param labels how many rows each has; none in a regression
   * @param values of a regression's rows; null where there are classes or no row has one
   * @param unlabelled rows whose label is not known
   * @param tokens how long the rows are
   * @param duplicates rows whose texts an earlier row of the split has too
   * @param shared by other split: rows of this one whose texts are there too
   * @param samples three rows
   */
  public record Split(
      String file,
      String sha256,
      int rows,
      int skipped,
      List<String> columns,
      Map<String, Integer> labels,
      @JsonInclude(JsonInclude.Include.NON_NULL) Values values,
      int unlabelled,
      TokenLengths tokens,
      int duplicates,
      Map<String, Integer> shared,
      List<Sample> samples) {}

  /** The numbers of a regression. */
  public record Values(double least, double mean, double most) {}

  /**
   * One row.
   *
   * @param pair the second text; left out where there is none
   * @param label as people read it, or a regression's number; left out where it is not known
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Sample(String text, String pair, Object label) {}

  /** How far the counting of tokens is. */
  public record Progress(String split, int rows, int of) {}

  private record Texts(String text, String pair) {
    static Texts of(Example row) {
      return new Texts(row.text(), row.pair());
    }
  }

  /**
   * Describes the splits that are there.
   *
   * @param data a directory or a file, or null for where the task's data are by default
   * @param model whose tokenizer counts
   * @param maxLength the longest row that training would take
   * @param progress hears how far it is
   * @throws UserError exit 3 when there is no split, or one has a fault
   */
  public static Report describe(
      String task,
      String data,
      String model,
      int maxLength,
      Environment environment,
      Consumer<Progress> progress) {
    Task known = TaskFile.find(task);
    Dataset dataset = Dataset.find(known, data, environment.home());
    ModelFiles files = environment.models().find(model);
    Architecture architecture = Architecture.read(files.config(), files.id() + ": config.json");
    Map<String, Dataset.Split> read = read(dataset);
    Map<String, Set<Texts>> texts = new LinkedHashMap<>();
    read.forEach((name, split) -> texts.put(name, texts(split)));
    Map<String, Split> splits = new LinkedHashMap<>();
    try (Tokenizer tokenizer =
        new Tokenizer(
            files.id() + ": tokenizer.json",
            files.tokenizerJson(),
            Integer.MAX_VALUE, // whole rows, however long
            architecture.typeVocabSize() > 1)) {
      read.forEach(
          (name, split) -> {
            TokenLengths lengths =
                TokenLengths.of(lengths(name, split.rows(), tokenizer, progress), maxLength);
            splits.put(name, split(known, name, split, lengths, texts));
          });
    }
    return new Report(
        known.key(),
        dataset.name(),
        dataset.isSample(),
        known.isRegression(),
        known.isPair(),
        files.id(),
        maxLength,
        splits);
  }

  /** Every split that is there; one file that stands for several counts once. */
  private static Map<String, Dataset.Split> read(Dataset dataset) {
    Map<String, Dataset.Split> splits = new LinkedHashMap<>();
    for (String name : dataset.task().splits()) {
      if (dataset.has(name) || (name.equals("dev") && dataset.drawsDev())) {
        Dataset.Split split = dataset.split(name);
        boolean isTest = dataset.task().testSplits().contains(name);
        boolean isSeen =
            splits.values().stream()
                .filter(other -> other.file().equals(split.file()))
                .anyMatch(other -> isTest || other.rows().equals(split.rows()));
        if (!isSeen) {
          splits.put(name, split);
        }
      }
    }
    if (splits.isEmpty()) {
      dataset.split(dataset.task().splits().get(0)); // tells what was looked for
    }
    return splits;
  }

  private static Set<Texts> texts(Dataset.Split split) {
    Set<Texts> texts = new HashSet<>();
    split.rows().forEach(row -> texts.add(Texts.of(row)));
    return texts;
  }

  private static int[] lengths(
      String name, List<Example> rows, Tokenizer tokenizer, Consumer<Progress> progress) {
    int[] lengths = new int[rows.size()];
    for (int from = 0; from < lengths.length; from += ROWS_AT_ONCE) {
      int to = Math.min(from + ROWS_AT_ONCE, lengths.length);
      for (int i = from; i < to; i++) {
        lengths[i] = tokenizer.encode(rows.get(i)).length();
      }
      progress.accept(new Progress(name, to, lengths.length));
    }
    return lengths;
  }

  private static Split split(
      Task task,
      String name,
      Dataset.Split split,
      TokenLengths lengths,
      Map<String, Set<Texts>> texts) {
    List<Example> rows = split.rows();
    Map<String, Integer> labels = new LinkedHashMap<>();
    task.labels().forEach(label -> labels.put(label, 0));
    rows.stream()
        .filter(row -> row.label() >= 0)
        .forEach(row -> labels.merge(task.labels().get(row.label()), 1, Integer::sum));
    Map<String, Integer> shared = new LinkedHashMap<>();
    texts.forEach(
        (other, set) -> {
          if (!other.equals(name)) {
            shared.put(other, (int) rows.stream().filter(r -> set.contains(Texts.of(r))).count());
          }
        });
    return new Split(
        split.file(),
        split.sha256(),
        rows.size(),
        split.skipped(),
        split.columns(),
        labels,
        values(rows),
        (int) rows.stream().filter(row -> !isLabelled(row)).count(),
        lengths,
        rows.size() - texts.get(name).size(),
        shared,
        samples(task, rows));
  }

  private static boolean isLabelled(Example row) {
    return row.label() >= 0 || !Float.isNaN(row.value());
  }

  private static Values values(List<Example> rows) {
    var numbers =
        rows.stream().mapToDouble(Example::value).filter(v -> !Double.isNaN(v)).summaryStatistics();
    return numbers.getCount() == 0
        ? null
        : new Values(numbers.getMin(), numbers.getAverage(), numbers.getMax());
  }

  /** The first row and those after a third and two thirds: files are often sorted. */
  private static List<Sample> samples(Task task, List<Example> rows) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < Math.min(SAMPLES, rows.size()); i++) {
      Example row = rows.get((int) ((long) rows.size() * i / SAMPLES));
      Object label =
          !Float.isNaN(row.value())
              ? (Object) row.value()
              : row.label() >= 0 ? task.labels().get(row.label()) : null;
      samples.add(new Sample(row.text(), row.pair(), label));
    }
    return samples;
  }
}
