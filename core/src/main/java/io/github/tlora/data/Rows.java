package io.github.tlora.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.nn.Input;
import io.github.tlora.tensor.Ops;
import java.util.Arrays;
import java.util.List;

/**
 * A split as the model takes it: tokens with classes or numbers, batch by batch.
 *
 * @param tokens of each row
 * @param labels class of each row, -1 where it is not known
 * @param values number of each row in a regression, NaN where it is not known
 * @param padding the id that fills up short rows
 */
public record Rows(List<Tokenizer.Tokens> tokens, int[] labels, float[] values, int padding) {
  /** Rows of classes. */
  public Rows(List<Tokenizer.Tokens> tokens, int[] labels, int padding) {
    this(tokens, labels, new float[labels.length], padding);
    Arrays.fill(values, Float.NaN);
  }

  /** Tokenizes {@code examples}. */
  public static Rows of(List<Example> examples, Tokenizer tokenizer, int padding) {
    return of(examples, tokenizer.encode(examples), padding);
  }

  /** {@code examples}, whose tokens are {@code tokens}. */
  public static Rows of(List<Example> examples, List<Tokenizer.Tokens> tokens, int padding) {
    float[] values = new float[examples.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = examples.get(i).value();
    }
    return new Rows(tokens, examples.stream().mapToInt(Example::label).toArray(), values, padding);
  }

  /**
   * These rows, when every id is one that the model has.
   *
   * @throws UserError exit 3 when the tokenizer does not belong to the model
   */
  public Rows requireIdsBelow(int vocabSize, String model) {
    long highest = tokens.stream().flatMapToLong(row -> Arrays.stream(row.ids())).max().orElse(0);
    if (highest >= vocabSize) {
      throw UserError.file(
          model
              + ": tokenizer.json gives the id "
              + highest
              + ", but the model has only "
              + vocabSize
              + " (vocab_size). Use the model's own tokenizer");
    }
    return this;
  }

  public int size() {
    return tokens.size();
  }

  /** Some of these rows, in the order given. */
  public Rows only(int[] rows) {
    List<Tokenizer.Tokens> chosen = Arrays.stream(rows).mapToObj(tokens::get).toList();
    int[] classes = Arrays.stream(rows).map(row -> labels[row]).toArray();
    return new Rows(chosen, classes, numbers(rows), padding);
  }

  private float[] numbers(int[] rows) {
    float[] numbers = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      numbers[i] = values[rows[i]];
    }
    return numbers;
  }

  /** Tokens of each row. */
  public int[] lengths() {
    return tokens.stream().mapToInt(Tokenizer.Tokens::length).toArray();
  }

  /** Real tokens, padding not counted, of {@code rows}. */
  public long tokenCount(int[] rows) {
    return Arrays.stream(rows).mapToLong(row -> tokens.get(row).length()).sum();
  }

  /** The batch of {@code rows}, padded to its longest. */
  public Input input(int[] rows, NDManager manager) {
    return input(rows, longest(rows), manager);
  }

  /** Tokens of the longest of {@code rows}. */
  public int longest(int[] rows) {
    return Arrays.stream(rows).map(row -> tokens.get(row).length()).max().orElseThrow();
  }

  /** The batch of {@code rows}, padded to {@code longest}. */
  public Input input(int[] rows, int longest, NDManager manager) {
    int size = rows.length * longest;
    long[] values = new long[3 * size]; // ids, mask, types: one transfer
    Arrays.fill(values, 0, size, padding);
    for (int i = 0; i < rows.length; i++) {
      Tokenizer.Tokens row = tokens.get(rows[i]);
      int first = i * longest;
      System.arraycopy(row.ids(), 0, values, first, row.length());
      Arrays.fill(values, size + first, size + first + row.length(), 1);
      System.arraycopy(row.typeIds(), 0, values, 2 * size + first, row.length());
    }
    NDArray[] parts = Ops.threeParts(Ops.toDevice(values, manager), rows.length);
    return new Input(parts[0], parts[1], parts[2]);
  }

  /** The classes of {@code rows}, int64 (B). */
  public NDArray labels(int[] rows, NDManager manager) {
    return Ops.toDevice(Arrays.stream(rows).mapToLong(row -> labels[row]).toArray(), manager);
  }

  /** The numbers of {@code rows}, float32 (B). */
  public NDArray values(int[] rows, NDManager manager) {
    return manager.create(numbers(rows));
  }
}
