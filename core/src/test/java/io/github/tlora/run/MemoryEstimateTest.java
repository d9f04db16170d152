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
    return MemoryEstimate.of(model(name, dtype), rows, tokens, false, 2);
  }

  @Test
  void weights_are_counted_as_they_are_kept_and_what_is_trained_four_times() {
    MemoryEstimate full = of("roberta-large", Dtype.F32, 1, 8);
    assertThat(full.base()).isEqualTo(4L * 354_310_144); // too large to be packed
    assertThat(of("roberta-base", Dtype.F32, 1, 8).base())
        .isEqualTo(4L * (124_055_040 + 12 * (4 * 768 * 768 + 2 * 768 * 3072)));
    assertThat(full.trained()).isEqualTo(16L * (786_432 + 1_051_650));

    MemoryEstimate half = of("roberta-large", Dtype.BF16, 1, 8);
    assertThat((double) half.base() / full.base()).isBetween(0.5, 0.502); // vectors stay F32
    assertThat(half.total()).isLessThan(full.total());
  }

  @Test
  void the_estimate_is_near_what_was_measured() {
    // Peak resident bytes of bench --steps 3 --warm-up 1 --method lora on 2 cores.
    assertThat(of("all-MiniLM-L6-v2", Dtype.F32, 32, 128).total() / 0.56e9).isBetween(0.85, 1.15);
    assertThat(of("deberta-v3-base", Dtype.F32, 8, 128).total() / 1.90e9).isBetween(0.85, 1.15);
    assertThat(of("roberta-base", Dtype.F32, 8, 256).total() / 1.73e9).isBetween(0.85, 1.15);
    assertThat(of("roberta-large", Dtype.F32, 8, 64).total() / 2.83e9).isBetween(0.85, 1.15);
    assertThat(of("roberta-base", Dtype.F32, 32, 64).total() / 1.63e9).isBetween(0.85, 1.15);
  }

  @Test
  void with_checkpointing_too() {
    SequenceClassifier small = model("all-MiniLM-L6-v2", Dtype.F32);
    SequenceClassifier large = model("roberta-base", Dtype.F32);
    assertThat(MemoryEstimate.of(small, 32, 128, true, 2).total() / 0.48e9).isBetween(0.85, 1.15);
    assertThat(MemoryEstimate.of(large, 32, 64, true, 2).total() / 1.42e9).isBetween(0.85, 1.15);
  }

  @Test
  void a_measurement_adds_up_to_the_peak_and_the_rows() {
    SequenceClassifier model = model("roberta-base", Dtype.F32);
    MemoryEstimate measured = MemoryEstimate.measured(model, 900_000_000, 2_000_000_000, 5_000);
    assertThat(measured.total()).isEqualTo(2_000_005_000L);
    assertThat(measured.activations()).isEqualTo(1_100_000_000L - measured.trained());
  }

  @Test
  void activations_of_no_more_rows_are_counted_than_are_there_at_once() {
    long four = of("roberta-base", Dtype.F32, 4, 64).activations();
    assertThat(of("roberta-base", Dtype.F32, 8, 64).activations())
        .isBetween(2 * four - 2, 2 * four + 2);
    long thirtyTwo = of("roberta-base", Dtype.F32, 32, 64).activations();
    assertThat(thirtyTwo).isEqualTo(of("roberta-base", Dtype.F32, 8, 64).activations());
    assertThat(of("roberta-base", Dtype.F32, 8, 256).activations()).isGreaterThan(thirtyTwo);
    // Products with relative positions are in one layer's hand at a time.
    assertThat(of("deberta-v3-base", Dtype.F32, 8, 64).activations())
        .isBetween(thirtyTwo + thirtyTwo / 20, thirtyTwo + thirtyTwo / 4);
  }

  @Test
  void short_texts_have_fewer_tokens_than_the_limit() {
    assertThat(MemoryEstimate.tokens(60, 512)).isEqualTo(24);
    assertThat(MemoryEstimate.tokens(100_000, 128)).isEqualTo(128);
  }

  @Test
  void the_largest_known_model_is_estimated_from_its_shape() {
    MemoryEstimate estimate = of("deberta-v2-xxlarge", Dtype.F32, 1, 128);
    assertThat(estimate.base()).isGreaterThan(6_000_000_000L);
    assertThat(estimate.total())
        .isEqualTo(
            estimate.base() + estimate.trained() + estimate.activations() + estimate.program());
  }
}
