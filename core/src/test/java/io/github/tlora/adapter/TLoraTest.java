package io.github.tlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.tlora.model.Architecture;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.KnownModels;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Part;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Site;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TLoRA's counts, first values and settings. */
class TLoraTest {
  /** What {@code method} adds to the checkpoint called {@code model}. */
  static SequenceClassifier on(String model, Method method) {
    Architecture architecture = KnownModels.architecture(model);
    HeadSettings head =
        HeadSettings.defaults().orElse(HeadSettings.Kind.LINEAR, HeadSettings.Pooling.FIRST);
    return SequenceClassifier.declare(architecture, head, 2, method);
  }

  private static TLora rank(int rank) {
    return new TLora(rank, null, null, null);
  }

  @ParameterizedTest
  @CsvSource({
    "roberta-large, 8, 3120", // 48 matrices of 8 * 8 + 1
    "roberta-large, 32, 49200",
    "roberta-base, 8, 1560",
    "all-MiniLM-L6-v2, 8, 780",
    "deberta-v2-xxlarge, 16, 24672",
    "deberta-base, 8, 780" // one fused matrix a layer
  })
  void it_trains_r_squared_plus_1_a_matrix(String model, int rank, long count) {
    SequenceClassifier declared = on(model, rank(rank));
    assertThat(declared.adapterCount()).isEqualTo(count);
    assertThat(declared.params().count(Role.ADAPTER)).isEqualTo(count);
  }

  @Test
  void it_freezes_r_times_in_plus_out_a_matrix() {
    // 48 matrices of 8 * (1024 + 1024)
    assertThat(on("roberta-large", rank(8)).params().count(Role.FIXED)).isEqualTo(786_432);
    // 12 matrices of 8 * (768 + 3 * 768)
    assertThat(on("deberta-base", rank(8)).params().count(Role.FIXED)).isEqualTo(294_912);
  }

  @Test
  void a_site_gets_a_b_c_and_alpha_under_its_path() {
    ParamTable params = new ParamTable();
    Site site = new Site(0, Part.VALUE, "layer.0.value", 5, 7);
    assertThat(rank(2).linear(site, params)).isPresent();
    assertThat(params.all())
        .extracting(Param::name, Param::role, Param::shape)
        .containsExactly(
            tuple("layer.0.value.tlora_A", Role.FIXED, new Shape(5, 2)),
            tuple("layer.0.value.tlora_B", Role.ADAPTER, new Shape(2, 2)),
            tuple("layer.0.value.tlora_C", Role.FIXED, new Shape(2, 7)),
            tuple("layer.0.value.tlora_alpha", Role.ADAPTER, new Shape(1)));
  }

  @Test
  void a_site_that_is_no_target_gets_nothing() {
    ParamTable params = new ParamTable();
    assertThat(rank(2).linear(new Site(0, Part.KEY, "layer.0.key", 5, 7), params)).isEmpty();
    assertThat(params.all()).isEmpty();
  }

  @Test
  void first_values_have_their_variances() {
    int rank = 8;
    int in = 512;
    int out = 2048;
    ParamTable params = new ParamTable();
    for (int layer = 0; layer < 24; layer++) {
      Site site = new Site(layer, Part.QUERY, "layer." + layer + ".query", in, out);
      assertThat(rank(rank).linear(site, params)).isPresent();
    }
    try (NDManager manager = Torch.newManager("cpu")) {
      params.draw(manager, new Seeds(0), Role.FIXED, Role.ADAPTER);
      assertSpread(params, "tlora_A", 1.0 / (3 * rank));
      assertSpread(params, "tlora_C", 1.0 / (3 * out));
      for (Param param : params.of(Role.ADAPTER)) {
        assertThat(param.array().toFloatArray())
            .containsOnly(param.name().endsWith("tlora_alpha") ? 1 : 0);
      }
    }
  }

  /**
   * Mean 0 and this variance, within 3 %, over all parameters of this name: at least 98,304 values,
   * so that 3 % are over six standard errors.
   */
  static void assertSpread(ParamTable params, String name, double variance) {
    double sum = 0;
    double squares = 0;
    long count = 0;
    for (Param param : params.all()) {
      if (param.name().endsWith(name)) {
        for (float value : param.array().toFloatArray()) {
          sum += value;
          squares += (double) value * value;
          count++;
        }
      }
    }
    assertThat(count).isGreaterThanOrEqualTo(98_304);
    assertThat(sum / count).isCloseTo(0, within(0.02 * Math.sqrt(variance)));
    assertThat(squares / count).isCloseTo(variance, within(0.03 * variance));
  }

  @Test
  void no_two_matrices_start_alike_and_another_seed_starts_elsewhere() {
    ParamTable params = new ParamTable();
    ParamTable others = new ParamTable();
    for (int layer = 0; layer < 2; layer++) {
      Site site = new Site(layer, Part.QUERY, "layer." + layer + ".query", 6, 6);
      assertThat(rank(2).linear(site, params)).isPresent();
      assertThat(rank(2).linear(site, others)).isPresent();
    }
    try (NDManager manager = Torch.newManager("cpu")) {
      params.draw(manager, new Seeds(0), Role.FIXED);
      others.draw(manager, new Seeds(1), Role.FIXED);
      assertThat(params.of(Role.FIXED).stream().map(p -> p.array().toFloatArray()[0]).distinct())
          .hasSize(4);
      for (Param param : params.of(Role.FIXED)) {
        assertThat(others.get(param.name()).array().toFloatArray())
            .isNotEqualTo(param.array().toFloatArray());
      }
    }
  }

  @Test
  void dropout_is_on_in_training_only() {
    ParamTable params = new ParamTable();
    Site site = new Site(0, Part.QUERY, "query", 4, 4);
    Delta delta = new TLora(2, null, 0.5, null).linear(site, params).orElseThrow();
    try (NDManager manager = Torch.newManager("cpu");
        Scope step = Scope.inference(manager)) {
      params.draw(manager, new Seeds(0), Role.FIXED, Role.ADAPTER);
      params.get("query.tlora_B").set(manager.ones(new Shape(2, 2)));
      Torch.seed(1);
      NDArray x = step.manager().ones(new Shape(50, 4));
      NDArray y = step.manager().zeros(new Shape(50, 4));
      NDArray once = delta.apply(x, y, false);
      assertThat(Ops.maxAbsDifference(once, delta.apply(x, y, false))).isZero();
      assertThat(once.toFloatArray()).doesNotContain(0);
      assertThat(delta.apply(x, y, true).toFloatArray()).contains(0);
    }
  }

  @Test
  void defaults_are_those_of_the_docs() {
    assertThat(TLora.defaults()).isEqualTo(new TLora(8, List.of("query", "value"), 0.0, false));
    assertThat(TLora.defaults().defaultLearningRate()).isEqualTo(5e-3);
    assertThat(TLora.defaults().storesFixed()).isFalse();
    assertThat(new TLora(8, null, null, true).storesFixed()).isTrue();
    assertThat(TLora.defaults().methodName()).isEqualTo("tlora");
    assertThat(TLora.defaults().init()).isEqualTo(TLora.FixedInit.REFERENCE);
    assertThat(TLora.defaults().alpha()).isEqualTo(TLora.AlphaPer.MATRIX);
    assertThat(TLora.defaults().dropoutOn()).isEqualTo(TLora.DropoutOn.UPDATE);
    assertThat(TLora.defaults().alphaDecays()).isNull();
    assertThat(Method.names())
        .containsExactly(
            "tlora",
            "lora",
            "dora",
            "lora-xs",
            "vera",
            "lora-fa",
            "full",
            "bitfit",
            "houlsby",
            "lin",
            "pfeiffer",
            "adapter-drop",
            "prefix-embedding",
            "prefix-layer",
            "combined");
  }

  @Test
  void bad_settings_are_refused_with_their_bound() {
    assertRefused(() -> rank(0), "rank must be at least 1, got 0");
    assertRefused(() -> rank(-3), "rank must be at least 1, got -3");
    assertRefused(
        () -> new TLora(8, List.of(), null, null), "targets must name at least one matrix");
    assertRefused(() -> new TLora(8, List.of(""), null, null), "targets must not be empty");
    assertRefused(
        () -> new TLora(8, null, 1.0, null), "dropout must be at least 0 and below 1, got 1.0");
    assertRefused(
        () -> new TLora(8, null, -0.1, null), "dropout must be at least 0 and below 1, got -0.1");
    assertRefused(
        () -> new TLora(8, null, Double.NaN, null),
        "dropout must be at least 0 and below 1, got NaN");
  }

  /** Makes a method with bad settings. */
  @FunctionalInterface
  interface Maker {
    Method make();
  }

  static void assertRefused(Maker maker, String message) {
    assertThatThrownBy(maker::make)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
