package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.adapter.Lora;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.KnownModels;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.tensor.Dtype;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryEstimateTest {
  private static SequenceClassifier model(String name, Dtype dtype) {
    HeadSettings head =
        HeadSettings.defaults().orElse(HeadSettings.Kind.NATIVE, HeadSettings.Pooling.FIRST);
    SequenceClassifier model =
        SequenceClassifier.declare(
                KnownModels.architecture(name),
                head,
                2,
                new Lora(8, 16.0, List.of("query", "value"), 0.0))
            .keepBaseAs(dtype);
    model.trainByRole();
    return model;
  }

  private static MemoryEstimate of(String name, Dtype dtype, int rows, int tokens) {
    return MemoryEstimate.of(model(name, dtype), rows, 100_000, tokens);
  }

  @Test
  void weights_are_counted_as_they_are_kept_and_what_is_trained_four_times() {
    MemoryEstimate full = of("roberta-large", Dtype.F32, 1, 8);
    assertThat(full.base()).isEqualTo(4L * 354_310_144);
    assertThat(full.file()).isEqualTo(4L * 354_310_144);
    assertThat(full.trained()).isEqualTo(16L * (786_432 + 1_051_650));

    MemoryEstimate half = of("roberta-large", Dtype.BF16, 1, 8);
    assertThat((double) half.base() / full.base()).isBetween(0.5, 0.502); // vectors stay F32
    assertThat(half.total()).isLessThan(full.total());
  }

  @Test
  void the_estimate_is_near_what_was_measured() {
    // Peak resident bytes of 3 steps of 32 rows of 64 tokens on 2 cores.
    assertThat(of("roberta-base", Dtype.F32, 32, 64).total() / 3.9e9).isBetween(0.8, 1.25);
    assertThat(of("roberta-large", Dtype.F32, 32, 64).total() / 9.9e9).isBetween(0.8, 1.25);
  }

  @Test
  void activations_grow_with_rows_faster_with_tokens_and_more_with_relative_positions() {
    long one = of("roberta-base", Dtype.F32, 8, 64).activations();
    assertThat(of("roberta-base", Dtype.F32, 16, 64).activations())
        .isBetween(2 * one - 2, 2 * one + 2);
    assertThat(of("roberta-base", Dtype.F32, 8, 128).activations()).isGreaterThan(2 * one + 2);
    assertThat(of("deberta-v3-base", Dtype.F32, 8, 64).activations()).isGreaterThan(one + one / 4);
  }

  @Test
  void short_texts_take_less_than_the_limit_on_tokens() {
    SequenceClassifier model = model("roberta-base", Dtype.F32);
    assertThat(MemoryEstimate.of(model, 32, 60, 512).activations())
        .isEqualTo(MemoryEstimate.of(model, 32, 100_000, 24).activations());
  }

  @Test
  void the_largest_known_model_is_estimated_from_its_shape() {
    MemoryEstimate estimate = of("deberta-v2-xxlarge", Dtype.F32, 1, 128);
    assertThat(estimate.base()).isGreaterThan(6_000_000_000L);
    assertThat(estimate.total())
        .isEqualTo(
            estimate.base()
                + estimate.file()
                + estimate.trained()
                + estimate.activations()
                + estimate.program());
  }
}
