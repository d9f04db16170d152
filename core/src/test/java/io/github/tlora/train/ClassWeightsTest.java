package io.github.tlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Rows;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a row of each class counts in training. */
class ClassWeightsTest {
  private static final int[] LENGTHS = {7, 3, 11, 5, 9, 4, 6};

  private static TrainSettings settings(String... keysAndValues) {
    Layers layers = new Layers();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      layers.set("train." + keysAndValues[i], keysAndValues[i + 1], "--set");
    }
    return layers.resolve().train();
  }

  /** The first step's loss on seven rows, four of class 0 and three of class 1. */
  private static double firstLoss(String... keysAndValues) {
    TrainSettings settings = settings(keysAndValues);
    TinyEncoder encoder = TinyEncoder.of(Family.BERT);
    Rows rows = TinyTask.rows(Family.BERT, LENGTHS);
    List<Double> losses = new ArrayList<>();
    try (NDManager manager = Torch.newManager("cpu")) {
      SequenceClassifier model = encoder.classifier(Slots.NONE, TinyEncoder.nativeHead(), manager);
      model.trainByRole();
      new Trainer(model, settings, new Seeds(0), manager)
          .fit(
              rows,
              Map.of("dev", rows),
              Glue.SST2,
              event -> {
                if (event instanceof Event.Stepped stepped) {
                  losses.add(stepped.loss());
                }
              },
              () -> !losses.isEmpty());
    }
    return losses.get(0);
  }

  @Test
  void micro_batches_count_by_the_weights_of_their_rows() {
    for (String weights : new String[] {"[1, 1]", "[1, 9]", "{positive: 9}"}) {
      double whole = firstLoss("batch_size", "7", "class_weights", weights);
      double parts =
          firstLoss("batch_size", "2", "accumulation_steps", "4", "class_weights", weights);
      assertThat(parts).isCloseTo(whole, within(1e-5));
    }
  }

  @Test
  void only_the_ratio_of_weights_counts_and_equal_ones_change_nothing() {
    double plain = firstLoss("batch_size", "7");
    double weighted = firstLoss("batch_size", "7", "class_weights", "[1, 9]");
    assertThat(firstLoss("batch_size", "7", "class_weights", "[4, 4]"))
        .isCloseTo(plain, within(1e-6));
    assertThat(firstLoss("batch_size", "7", "class_weights", "[0.5, 4.5]"))
        .isCloseTo(weighted, within(1e-6));
    assertThat(Math.abs(weighted - plain)).isGreaterThan(1e-4);
    assertThat(Math.abs(firstLoss("batch_size", "7", "label_smoothing", "0.5") - plain))
        .isGreaterThan(1e-4);
  }

  @Test
  void logits_beyond_the_labels_weigh_1() {
    assertThat(new ClassWeights(List.of(2.0, 3.0), null).of(List.of("a", "b"), 3))
        .containsExactly(2, 3, 1);
    assertThat(new ClassWeights(null, Map.of("b", 3.0)).of(List.of("a", "b"), 2))
        .containsExactly(1, 3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1, 2, 3] | SST2 | train.class_weights: there are 3 weights, but the task has 2 labels:"
            + " negative, positive",
        "{postive: 2} | SST2 | train.class_weights: unknown label 'postive' (did you mean"
            + " 'positive'?). The task's labels: negative, positive",
        "[1, 2] | STSB | train.class_weights: task stsb is a regression, which has no classes. Leave"
            + " the setting out"
      })
  void weights_of_other_classes_are_refused(String weights, Glue task, String message) {
    TrainSettings settings = settings("class_weights", weights);
    assertThatThrownBy(() -> settings.classWeights(task, 2))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessage(message);
  }

  @Test
  void smoothing_of_a_regression_is_refused() {
    TrainSettings settings = settings("label_smoothing", "0.1");
    assertThat(settings.classWeights(Glue.SST2, 2)).isNull();
    assertThatThrownBy(() -> settings.classWeights(Glue.STSB, 1))
        .hasMessage(
            "train.label_smoothing: task stsb is a regression, which has no classes. Leave the"
                + " setting out");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "class_weights | [1, 0] | train.class_weights must be a number above 0, got 0.0",
        "class_weights | {a: -1} | train.class_weights must be a number above 0, got -1.0",
        "class_weights | [1, x] | train.class_weights.1 must be a number, got \"x\"",
        "class_weights | {a: x} | train.class_weights.a must be a number, got \"x\"",
        "class_weights | 2 | train.class_weights must be a list of numbers, or a group of label:"
            + " number, got 2",
        "label_smoothing | 1.5 | train.label_smoothing must lie between 0 and 1, got 1.5"
      })
  void bad_values_are_told(String key, String value, String message) {
    assertThatThrownBy(() -> settings(key, value))
        .isInstanceOf(UserError.class)
        .hasMessage("--set: " + message);
  }
}
