package io.github.tlora.run;

import io.github.tlora.Quantity;
import io.github.tlora.data.BatchLimit;
import io.github.tlora.data.Batches;
import io.github.tlora.data.Example;
import io.github.tlora.data.Task;
import io.github.tlora.data.TokenLengths;
import io.github.tlora.data.Tokenizer;
import io.github.tlora.model.Architecture;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.tensor.SplitMix64;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What {@link Preflight} tells of training rows. */
final class RowFacts {
  private static final int SAMPLES = 3;

  /** Characters of a sample's text that are shown. */
  private static final int SHOWN = 100;

  private RowFacts() {}

  /** The share of each label, or what the numbers are. */
  static String balance(Task task, List<Example> rows) {
    if (task.isRegression()) {
      var values = rows.stream().mapToDouble(Example::value).summaryStatistics();
      return String.format(
          Locale.ROOT,
          "from %.4g to %.4g, mean %.4g",
          values.getMin(),
          values.getMax(),
          values.getAverage());
    }
    long[] counts = new long[task.labels().size()];
    rows.forEach(row -> counts[row.label()]++);
    return IntStream.range(0, counts.length)
        .mapToObj(
            label ->
                String.format(
                    Locale.ROOT,
                    "%s %.1f %%",
                    task.labels().get(label),
                    100.0 * counts[label] / Math.max(1, rows.size())))
        .collect(Collectors.joining(", "));
  }

  /** The first row and those after a third and two thirds: files are often sorted. */
  static List<Preflight.Sample> samples(Task task, List<Example> rows, RowEncoder encoder) {
    List<Example> chosen = new ArrayList<>();
    for (int i = 0; i < Math.min(SAMPLES, rows.size()); i++) {
      chosen.add(rows.get((int) ((long) rows.size() * i / SAMPLES)));
    }
    List<Tokenizer.Tokens> tokens = encoder.encode(chosen).tokens();
    return IntStream.range(0, chosen.size())
        .mapToObj(
            i -> {
              Example row = chosen.get(i);
              Object label =
                  task.isRegression() ? (Object) row.value() : task.labels().get(row.label());
              return new Preflight.Sample(
                  beginning(row.text()),
                  row.pair() == null ? null : beginning(row.pair()),
                  label,
                  encoder.pieces(row),
                  tokens.get(i).ids());
            })
        .toList();
  }

  private static String beginning(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN - 3) + "...";
  }

  /**
   * How long rows are, and how many lose their end.
   *
   * @param lengths of the rows in tokens, at most {@code maxLength}
   */
  static String cut(List<Example> rows, int[] lengths, int maxLength, ModelFiles files) {
    Architecture architecture = files.architecture();
    int[] whole = lengths.clone();
    try (Tokenizer tokenizer =
        new Tokenizer(
            files.id() + ": tokenizer.json",
            files.tokenizerJson(),
            Integer.MAX_VALUE,
            architecture.typeVocabSize() > 1)) {
      for (int i = 0; i < whole.length; i++) {
        if (lengths[i] == maxLength) { // it may have been longer
          whole[i] = tokenizer.encode(rows.get(i)).length();
        }
      }
    }
    TokenLengths all = TokenLengths.of(whole, maxLength);
    return String.format(
        Locale.ROOT,
        "%s of %s rows (%.1f %%) are cut at %d tokens; median %d, longest %d",
        Quantity.number(all.cut()),
        Quantity.number(rows.size()),
        100 * all.cutShare(),
        maxLength,
        all.median(),
        all.most());
  }

  /** The share of an epoch's tokens that only fill up short rows. */
  static double padding(int[] lengths, BatchLimit limit) {
    long cells = 0;
    for (int[] batch : Batches.shuffled(lengths, limit, new SplitMix64(0))) {
      int longest = Arrays.stream(batch).map(row -> lengths[row]).max().orElse(0);
      cells += (long) longest * batch.length;
    }
    long tokens = Arrays.stream(lengths).asLongStream().sum();
    return cells == 0 ? 0 : 1 - (double) tokens / cells;
  }
}
