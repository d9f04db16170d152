package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyMethods;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code head.dropout}, on encoders that drop nothing themselves. */
class HeadDropoutTest {
  private static HeadSettings with(HeadSettings.Kind kind, Double dropout) {
    return new HeadSettings(kind, HeadSettings.Pooling.FIRST, null, null, null, null, dropout);
  }

  private static float[] logits(Family family, HeadSettings head, boolean training) {
    try (NDManager manager = Torch.newManager("cpu")) {
      SequenceClassifier model = TinyEncoder.of(family).classifier(Slots.NONE, head, manager);
      try (Scope step = training ? Scope.training(manager) : Scope.inference(manager)) {
        return model.logits(TinyMethods.input(family, step.manager()), training).toFloatArray();
      }
    }
  }

  private static double furthest(float[] a, float[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> Math.abs(a[i] - b[i])).max().orElse(0);
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void it_takes_the_place_of_the_model_s_own_in_training_alone(Family family) {
    for (HeadSettings.Kind kind : HeadSettings.Kind.values()) {
      float[] plain = logits(family, with(kind, null), false);
      assertThat(logits(family, with(kind, null), true))
          .as("the model's own, which is 0")
          .containsExactly(plain, within(1e-5f));
      assertThat(logits(family, with(kind, 0.5), false)).containsExactly(plain, within(1e-5f));
      assertThat(furthest(plain, logits(family, with(kind, 0.5), true))).isGreaterThan(1e-3);
    }
  }
}
