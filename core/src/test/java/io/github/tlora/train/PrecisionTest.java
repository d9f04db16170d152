package io.github.tlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.data.Rows;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyMethods;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Products in bfloat16 train what products in F32 do, up to their rounding. */
class PrecisionTest {
  private static final double ROUNDING = 0x1p-8; // of a bfloat16

  /** Of the adapters' values: larger ones saturate the softmax, where any rounding shows. */
  private static final double SPREAD = 0.1;

  private static NDManager manager;

  @BeforeAll
  static void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close() {
    manager.close();
  }

  static Stream<Arguments> every_method_on_every_family() {
    return TinyMethods.onEveryFamily();
  }

  /** The loss, then every gradient's elements, of a batch with dropout. */
  private static List<float[]> results(SequenceClassifier model, Family family, Dtype precision) {
    model.computeIn(precision);
    Torch.seed(7);
    List<float[]> results = new ArrayList<>();
    try (Scope step = Scope.training(manager)) {
      NDArray logits = model.logits(TinyMethods.input(family, step.manager()), true);
      long[] classes = {0, 1, 1, 0};
      NDArray loss = Ops.crossEntropy(logits, step.manager().create(classes), 1);
      step.backward(loss);
      results.add(loss.toFloatArray());
      for (Param param : model.params().trained()) {
        assertThat(param.array().getDataType()).as(param.name()).isEqualTo(DataType.FLOAT32);
        results.add(param.array().getGradient().toFloatArray());
        JniUtils.zeroGrad((PtNDArray) param.array());
      }
    }
    return results;
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void losses_and_gradients_stay_near_those_of_f32(String name, Family family) {
    TinyEncoder encoder = TinyEncoder.of(family).withDropout(0.1);
    SequenceClassifier model = TinyMethods.moved(TinyMethods.of(name), encoder, SPREAD, manager);
    List<float[]> full = results(model, family, Dtype.F32);
    List<float[]> half = results(model, family, Dtype.BF16);

    double loss = Math.abs(full.get(0)[0] - half.get(0)[0]);
    assertThat(loss).isLessThan(8 * ROUNDING * Math.max(1, full.get(0)[0]));
    double gradients = 0;
    double differences = 0;
    for (int i = 1; i < full.size(); i++) {
      for (int j = 0; j < full.get(i).length; j++) {
        gradients += Math.pow(full.get(i)[j], 2);
        differences += Math.pow(full.get(i)[j] - half.get(i)[j], 2);
      }
    }
    assertThat(Math.sqrt(differences / gradients)).isPositive().isLessThan(16 * ROUNDING);
  }

  private static List<Double> trained(String precision) {
    TrainSettings settings =
        new Layers()
            .set("train.precision", precision, "--set")
            .set("train.batch_size", "4", "--set")
            .set("train.learning_rate", "0.01", "--set")
            .resolve()
            .train();
    int[] lengths = {7, 3, 11, 5, 9, 4, 6, 8};
    Rows rows = TinyTask.rows(Family.ROBERTA, lengths);
    SequenceClassifier model =
        TinyMethods.moved(
            TinyMethods.of("lora"), TinyEncoder.of(Family.ROBERTA).withDropout(0.1), manager);
    model.computeIn(settings.precision());
    return TinyTask.losses(new Trainer(model, settings, new Seeds(0), manager), rows);
  }

  @Test
  void a_training_of_ten_steps_stays_near_that_in_f32() {
    List<Double> full = trained("f32");
    List<Double> half = trained("bf16");
    assertThat(half).hasSize(10).isNotEqualTo(full);
    for (int i = 0; i < full.size(); i++) {
      assertThat(Math.abs(half.get(i) - full.get(i)))
          .as("step %d", i + 1)
          .isLessThan(16 * ROUNDING * Math.max(1, full.get(i)));
    }
  }

  @Test
  void f16_is_refused_in_a_line() {
    assertThatThrownBy(() -> new Layers().set("train.precision", "f16", "--set").resolve())
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessage(
            "--set: train.precision must be f32 or bf16, got f16, whose small numbers would need"
                + " scaled losses");
  }
}
