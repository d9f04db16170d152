package io.github.tlora.run;

import io.github.tlora.UserError;
import io.github.tlora.data.Example;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A fine-tuned classifier, or regression, for use in any JVM program:
 *
 * <pre>{@code
 * try (Classifier classifier = Classifier.load(Path.of("runs/my-run"))) {
 *   List<Prediction> predictions = classifier.predict(List.of("a warm, generous comedy"));
 * }
 * }</pre>
 *
 * <p>Not safe for several threads at once.
 */
public final class Classifier implements AutoCloseable {
  private final LoadedAdapter adapter;

  private Classifier(LoadedAdapter adapter) {
    this.adapter = adapter;
  }

  /**
   * A prediction.
   *
   * @param label the most probable label; null in a regression
   * @param probabilities of every label, in the order of classes; they add up to 1 unless the head
   *     has logits that are no label of the task. Empty in a regression
   * @param value the number that a regression gives, as the head has it, so perhaps outside of the
   *     scale of the training rows; null where there are labels
   */
  public record Prediction(String label, Map<String, Double> probabilities, Double value) {}

  /** Two texts that are taken together. */
  public record TextPair(String first, String second) {}

  /**
   * Loads the adapter in {@code directory} with its base, on the CPU.
   *
   * @param directory a run directory or an adapter's
   * @throws UserError when a file is missing, damaged, or of another model
   */
  public static Classifier load(Path directory) {
    return load(directory, null, Environment.current());
  }

  /**
   * Loads the adapter in {@code directory}.
   *
   * @param model where the base is found now, or null for where it was in training
   */
  public static Classifier load(Path directory, String model, Environment environment) {
    return new Classifier(LoadedAdapter.open(directory, model, environment));
  }

  /** The labels in the order of classes; none in a regression. */
  public List<String> labels() {
    return adapter.config().labels();
  }

  /** Whether the task takes two texts together. */
  public boolean takesPairs() {
    return adapter.task().isPair();
  }

  /**
   * One prediction a text, in order.
   *
   * @throws UserError exit 2 when the task takes pairs
   */
  public List<Prediction> predict(List<String> texts) {
    adapter.requireTexts(false);
    return predictions(texts.stream().map(Example::of).toList());
  }

  /**
   * One prediction a pair, in order.
   *
   * @throws UserError exit 2 when the task takes single texts
   */
  public List<Prediction> predictPairs(List<TextPair> pairs) {
    adapter.requireTexts(true);
    return predictions(
        pairs.stream().map(pair -> new Example(pair.first(), pair.second(), -1)).toList());
  }

  private List<Prediction> predictions(List<Example> examples) {
    return adapter.predictions(adapter.rows(examples));
  }

  @Override
  public void close() {
    adapter.close();
  }
}
