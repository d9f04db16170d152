package io.github.tlora.run;

import ai.djl.ndarray.NDArray;
import io.github.tlora.UserError;
import io.github.tlora.data.BatchLimit;
import io.github.tlora.data.Batches;
import io.github.tlora.data.Example;
import io.github.tlora.data.Rows;
import io.github.tlora.data.Tokenizer;
import io.github.tlora.model.MixedClassifier;
import io.github.tlora.run.Classifier.Prediction;
import io.github.tlora.tensor.Scope;
import io.github.tlora.train.Evaluator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Several trained adapters on one loaded base, for predictions in which each row names its adapter:
 * rows of different adapters share a batch where they can, and the base is computed once for all.
 *
 * <p>Not safe for several threads at once.
 */
public final class AdapterSet implements AutoCloseable {
  private final LoadedBase base;
  private final List<String> names;
  private final List<LoadedAdapter> adapters;

  private AdapterSet(LoadedBase base, List<String> names, List<LoadedAdapter> adapters) {
    this.base = base;
    this.names = names;
    this.adapters = adapters;
  }

  /**
   * A row to be predicted.
   *
   * @param adapter the name of its adapter
   * @param pair the second text, or null
   */
  public record Request(String adapter, String text, String pair) {}

  /**
   * Loads the base once, and {@code adapters} on it.
   *
   * @param adapters run directories or adapters', by the names that requests use
   * @param model where the base is found now, or null for where it was in training
   * @throws UserError when a file is missing, damaged, or of another base
   */
  public static AdapterSet open(Map<String, Path> adapters, String model, Environment environment) {
    LoadedBase base = LoadedBase.of(List.copyOf(adapters.values()), model, null, environment);
    try {
      List<LoadedAdapter> loaded = new ArrayList<>();
      adapters.values().forEach(path -> loaded.add(LoadedAdapter.on(base, path)));
      return new AdapterSet(base, List.copyOf(adapters.keySet()), loaded);
    } catch (RuntimeException e) {
      base.close();
      throw e;
    }
  }

  /** The adapters' names. */
  public List<String> names() {
    return names;
  }

  /** Whether the adapter called {@code name} takes two texts together. */
  public boolean takesPairs(String name) {
    return adapters.get(index(name)).task().isPair();
  }

  private int index(String name) {
    int index = names.indexOf(name);
    if (index < 0) {
      throw UserError.usage(
          "adapter '" + name + "' is not one of those given: " + String.join(", ", names));
    }
    return index;
  }

  /**
   * One prediction a row, in order.
   *
   * @throws UserError exit 2 when a row names an adapter that is not here, or has one text where
   *     two are taken together, or two where one is
   */
  public List<Prediction> predict(List<Request> rows) {
    int[] owners = rows.stream().mapToInt(row -> index(row.adapter())).toArray();
    Tokenizer.Tokens[] tokens = tokens(rows, owners);
    float[][] logits = new float[rows.size()][];
    List<Integer> mixable =
        IntStream.range(0, adapters.size())
            .filter(i -> MixedClassifier.takes(adapters.get(i).model()))
            .boxed()
            .toList();
    for (int i = 0; i < adapters.size(); i++) {
      if (!mixable.contains(i)) {
        alone(i, rowsOf(owners, List.of(i)), tokens, logits);
      }
    }
    if (!mixable.isEmpty()) {
      mixed(mixable, owners, tokens, logits);
    }
    return IntStream.range(0, logits.length)
        .mapToObj(row -> adapters.get(owners[row]).prediction(logits[row]))
        .toList();
  }

  private Tokenizer.Tokens[] tokens(List<Request> requests, int[] owners) {
    Tokenizer.Tokens[] tokens = new Tokenizer.Tokens[owners.length];
    for (int i = 0; i < adapters.size(); i++) {
      int[] own = rowsOf(owners, List.of(i));
      List<Example> examples = new ArrayList<>();
      for (int row : own) {
        Request request = requests.get(row);
        adapters.get(i).requireTexts(request.pair() != null);
        examples.add(new Example(request.text(), request.pair(), -1));
      }
      List<Tokenizer.Tokens> encoded =
          own.length == 0 ? List.of() : adapters.get(i).rows(examples).tokens();
      for (int j = 0; j < own.length; j++) {
        tokens[own[j]] = encoded.get(j);
      }
    }
    return tokens;
  }

  private static int[] rowsOf(int[] owners, List<Integer> which) {
    return IntStream.range(0, owners.length).filter(row -> which.contains(owners[row])).toArray();
  }

  private Rows rows(int[] which, Tokenizer.Tokens[] tokens) {
    return new Rows(
        Arrays.stream(which).mapToObj(row -> tokens[row]).toList(),
        new int[which.length],
        base.model().architecture().padTokenId());
  }

  private void alone(int adapter, int[] own, Tokenizer.Tokens[] tokens, float[][] logits) {
    float[][] answers =
        Evaluator.logits(
            adapters.get(adapter).model(),
            rows(own, tokens),
            LoadedAdapter.BATCH_SIZE,
            base.manager());
    for (int i = 0; i < own.length; i++) {
      logits[own[i]] = answers[i];
    }
  }

  /** Rows of like length together, whosever they are; in a batch those of one adapter adjoin. */
  private void mixed(
      List<Integer> which, int[] owners, Tokenizer.Tokens[] tokens, float[][] logits) {
    MixedClassifier model =
        new MixedClassifier(which.stream().map(i -> adapters.get(i).model()).toList());
    int[] all = rowsOf(owners, which);
    Rows rows = rows(all, tokens);
    BatchLimit limit = BatchLimit.ofRows(LoadedAdapter.BATCH_SIZE);
    for (int[] batch : Batches.byLength(rows.lengths(), limit)) {
      int[] sorted =
          Arrays.stream(batch)
              .boxed()
              .sorted(Comparator.comparingInt(row -> owners[all[row]]))
              .mapToInt(Integer::intValue)
              .toArray();
      int[] counts = new int[which.size()];
      Arrays.stream(sorted).forEach(row -> counts[which.indexOf(owners[all[row]])]++);
      try (Scope step = Scope.inference(base.manager())) {
        List<NDArray> answers = model.logits(rows.input(sorted, step.manager()), counts);
        int next = 0;
        for (int i = 0; i < counts.length; i++) {
          float[] values = answers.get(i).toFloatArray();
          int width = counts[i] == 0 ? 0 : values.length / counts[i];
          for (int j = 0; j < counts[i]; j++) {
            logits[all[sorted[next++]]] = Arrays.copyOfRange(values, j * width, (j + 1) * width);
          }
        }
      }
    }
  }

  @Override
  public void close() {
    adapters.forEach(LoadedAdapter::close);
    base.close();
  }

  /** Names for adapters that were given without: their directories', as they were written. */
  public static Map<String, Path> named(List<String> given) {
    Map<String, Path> named = new LinkedHashMap<>();
    for (String one : given) {
      int equals = one.indexOf('=');
      String name = equals < 0 ? one : one.substring(0, equals);
      if (name.isBlank() || named.putIfAbsent(name, Path.of(one.substring(equals + 1))) != null) {
        throw UserError.usage(
            "--adapter: '" + one + "' must have a name of its own, as in film=runs/film");
      }
    }
    return named;
  }
}
