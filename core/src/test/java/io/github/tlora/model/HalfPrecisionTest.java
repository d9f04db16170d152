package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.adapter.Lora;
import io.github.tlora.fixture.RandomWeights;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.SplitMix64;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A base kept in half precision computes what the same base in F32 does, within the bound that
 * docs/formats/checkpoint.md states.
 */
class HalfPrecisionTest {
  /** Largest error of a logit over the largest logit, in units of the type's rounding. */
  private static final double LOGITS = 8;

  /** The same for the elements of one gradient. */
  private static final double GRADIENTS = 16;

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private SequenceClassifier model(Family family, Dtype dtype) {
    TinyEncoder tiny = TinyEncoder.of(family);
    SequenceClassifier model =
        SequenceClassifier.declare(
            tiny.architecture(),
            TinyEncoder.nativeHead(),
            2,
            new Lora(2, 4.0, List.of("query", "value"), 0.0));
    model.keepBaseAs(dtype);
    try (WeightSource weights = tiny.weights()) {
      model.load(weights, manager);
    }
    model.draw(manager, new Seeds(0));
    RandomWeights.redraw(model.params().of(Role.ADAPTER, Role.HEAD), 0.2, manager);
    model.trainByRole();
    return model;
  }

  private Input input() {
    SplitMix64 random = new SplitMix64(3);
    long[][] ids = new long[4][11];
    for (long[] row : ids) {
      for (int i = 0; i < row.length; i++) {
        row[i] = 4L + random.nextInt(20);
      }
    }
    NDArray tokens = manager.create(ids);
    return new Input(tokens, tokens.onesLike(), tokens.zerosLike());
  }

  @ParameterizedTest
  @CsvSource({
    "BERT, BF16", "BERT, F16", "ROBERTA, BF16", "ROBERTA, F16",
    "DEBERTA, BF16", "DEBERTA, F16", "DEBERTA_V2, BF16", "DEBERTA_V2, F16"
  })
  void logits_and_gradients_stay_near_those_of_f32(Family family, Dtype dtype) {
    SequenceClassifier full = model(family, Dtype.F32);
    SequenceClassifier half = model(family, dtype);
    List<float[]> logits = new ArrayList<>();
    for (SequenceClassifier model : List.of(full, half)) {
      try (Scope step = Scope.training(manager)) {
        NDArray given = model.logits(input(), true);
        logits.add(given.toFloatArray());
        step.backward(Ops.crossEntropy(given, manager.create(new long[] {0, 1, 1, 0}), 1.0));
      }
    }
    double unit = dtype == Dtype.BF16 ? 0x1p-8 : 0x1p-11; // what rounding to the type loses
    assertThat(error(logits.get(0), logits.get(1))).isPositive().isLessThan(LOGITS * unit);
    for (Param param : full.params().trained()) {
      float[] wanted = param.array().getGradient().toFloatArray();
      float[] ours = half.params().get(param.name()).array().getGradient().toFloatArray();
      assertThat(error(wanted, ours)).as(param.name()).isPositive().isLessThan(GRADIENTS * unit);
    }
  }

  /** Largest difference over the largest value. */
  private static double error(float[] wanted, float[] ours) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < wanted.length; i++) {
      largest = Math.max(largest, Math.abs(wanted[i]));
      difference = Math.max(difference, Math.abs(wanted[i] - ours[i]));
    }
    return difference / largest;
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void only_frozen_matrices_are_kept_in_half_and_the_hash_is_that_of_f32(Family family) {
    SequenceClassifier full = model(family, Dtype.F32);
    SequenceClassifier half = model(family, Dtype.BF16);

    for (Param param : half.params().all()) {
      boolean isFrozenMatrix = param.role() == Role.BASE && param.shape().dimension() > 1;
      assertThat(param.dtype()).as(param.name()).isEqualTo(isFrozenMatrix ? Dtype.BF16 : Dtype.F32);
    }
    assertThat(half.baseHash()).isEqualTo(full.baseHash());
  }
}
