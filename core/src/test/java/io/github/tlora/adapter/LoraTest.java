package io.github.tlora.adapter;

import static io.github.tlora.adapter.TLoraTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
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

/** LoRA's counts, first values and settings. */
class LoraTest {
  private static Lora rank(int rank) {
    return new Lora(rank, null, null, null);
  }

  @ParameterizedTest
  @CsvSource({
    "roberta-large, 8, 786432", // 48 matrices of 8 * (1024 + 1024)
    "deberta-v2-xxlarge, 16, 4718592",
    "roberta-base, 8, 294912",
    "all-MiniLM-L6-v2, 8, 73728",
    "deberta-base, 8, 294912" // one fused matrix a layer: 12 of 8 * (768 + 3 * 768)
  })
  void it_trains_r_times_in_plus_out_a_matrix(String model, int rank, long count) {
    SequenceClassifier declared = TLoraTest.on(model, rank(rank));
    assertThat(declared.adapterCount()).isEqualTo(count);
    assertThat(declared.params().count(Role.FIXED)).isZero();
  }

  @Test
  void on_roberta_large_it_trains_252_times_as_much_as_tlora() {
    long lora = TLoraTest.on("roberta-large", rank(8)).adapterCount();
    long tlora = TLoraTest.on("roberta-large", TLora.defaults()).adapterCount();
    assertThat(lora / (double) tlora).isCloseTo(252.06, within(0.005));
  }

  @Test
  void a_site_gets_a_and_b_under_peft_s_names() {
    ParamTable params = new ParamTable();
    Site site = new Site(0, Part.VALUE, "layer.0.value", 5, 7);
    assertThat(rank(2).linear(site, params)).isPresent();
    assertThat(rank(2).linear(new Site(0, Part.KEY, "layer.0.key", 5, 7), params)).isEmpty();
    assertThat(params.all())
        .extracting(Param::name, Param::role, Param::shape)
        .containsExactly(
            tuple("layer.0.value.lora_A.weight", Role.ADAPTER, new Shape(2, 5)),
            tuple("layer.0.value.lora_B.weight", Role.ADAPTER, new Shape(7, 2)));
  }

  @Test
  void a_starts_uniform_by_the_inputs_and_b_at_0() {
    int in = 512;
    ParamTable params = new ParamTable();
    for (int layer = 0; layer < 24; layer++) {
      Site site = new Site(layer, Part.QUERY, "layer." + layer + ".query", in, 2048);
      assertThat(rank(8).linear(site, params)).isPresent();
    }
    try (NDManager manager = Torch.newManager("cpu")) {
      params.draw(manager, new Seeds(0), Role.ADAPTER);
      // U(-b, b) with b = 1/sqrt(in) has the variance b^2/3.
      TLoraTest.assertSpread(params, "lora_A.weight", 1.0 / (3 * in));
      float bound = (float) (1 / Math.sqrt(in));
      for (Param param : params.all()) {
        for (float value : param.array().toFloatArray()) {
          boolean isB = param.name().endsWith("lora_B.weight");
          assertThat(Math.abs(value) <= (isB ? 0 : bound)).isTrue();
        }
      }
    }
  }

  @Test
  void the_branch_is_scaled_by_alpha_over_rank() {
    Lora lora = new Lora(4, 10.0, null, null);
    Site any = new Site(0, Part.QUERY, "query", 1, 1);
    assertThat(lora.scaling(any)).isEqualTo(2.5);
    assertThat(rank(8).scaling(any)).isEqualTo(2);
    ParamTable params = new ParamTable();
    Delta delta = lora.linear(new Site(0, Part.QUERY, "query", 1, 1), params).orElseThrow();
    try (NDManager manager = Torch.newManager("cpu");
        Scope step = Scope.inference(manager)) {
      params.get("query.lora_A.weight").set(manager.ones(new Shape(4, 1)));
      params.get("query.lora_B.weight").set(manager.ones(new Shape(1, 4)));
      NDArray one = step.manager().ones(new Shape(1, 1));
      // 1 + 2.5 * (1 1 1 1)(1 1 1 1)^T
      assertThat(delta.apply(one, one, false).toFloatArray()).containsExactly(11);
      assertThat(delta.weight(one).toFloatArray()).containsExactly(11);
    }
  }

  @Test
  void dropout_is_on_in_training_only() {
    ParamTable params = new ParamTable();
    Site site = new Site(0, Part.QUERY, "query", 1, 1);
    Delta delta = new Lora(1, 1.0, null, 0.5).linear(site, params).orElseThrow();
    try (NDManager manager = Torch.newManager("cpu");
        Scope step = Scope.inference(manager)) {
      params.get("query.lora_A.weight").set(manager.ones(new Shape(1, 1)));
      params.get("query.lora_B.weight").set(manager.ones(new Shape(1, 1)));
      Torch.seed(1);
      NDArray x = step.manager().ones(new Shape(100, 1));
      NDArray y = step.manager().zeros(new Shape(100, 1));
      assertThat(Ops.maxAbsDifference(delta.apply(x, y, false), x)).isZero();
      assertThat(delta.apply(x, y, true).toFloatArray()).contains(0, 2).doesNotContain(1);
    }
  }

  @Test
  void defaults_are_those_of_the_docs() {
    assertThat(new Lora(null, null, null, null))
        .isEqualTo(new Lora(8, 16.0, List.of("query", "value"), 0.0));
    assertThat(rank(8).defaultLearningRate()).isEqualTo(2e-3);
    assertThat(rank(8).storesFixed()).isFalse();
    assertThat(rank(8).methodName()).isEqualTo("lora");
  }

  @Test
  void bad_settings_are_refused_with_their_bound() {
    assertRefused(() -> rank(0), "rank must be at least 1, got 0");
    assertRefused(() -> new Lora(8, 0.0, null, null), "alpha must be a number above 0, got 0.0");
    assertRefused(() -> new Lora(8, -1.0, null, null), "alpha must be a number above 0, got -1.0");
    assertRefused(
        () -> new Lora(8, Double.NaN, null, null), "alpha must be a number above 0, got NaN");
    assertRefused(
        () -> new Lora(8, Double.POSITIVE_INFINITY, null, null),
        "alpha must be a number above 0, got Infinity");
    assertRefused(
        () -> new Lora(8, null, List.of(), null), "targets must name at least one matrix");
    assertRefused(
        () -> new Lora(8, null, null, 1.5), "dropout must be at least 0 and below 1, got 1.5");
  }
}
