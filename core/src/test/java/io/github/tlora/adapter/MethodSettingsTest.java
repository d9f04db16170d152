package io.github.tlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.tlora.config.Layers;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Part;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Site;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.SplitMix64;
import io.github.tlora.tensor.Torch;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the settings of the methods change. */
class MethodSettingsTest {
  private static final int IN = 48;
  private static final int OUT = 64;

  private static NDManager manager;

  @BeforeAll
  static void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close() {
    manager.close();
  }

  private static Method method(String name, String... settings) {
    Layers layers = new Layers().set("adapter.method", name, "--method");
    for (String setting : settings) {
      int at = setting.indexOf('=');
      layers.set("adapter." + setting.substring(0, at), setting.substring(at + 1), setting);
    }
    return layers.resolve().adapter();
  }

  /** The base weight of a site and what {@code method} attaches to it, with first values. */
  private static ParamTable attached(Method method, Site... sites) {
    ParamTable params = new ParamTable();
    for (Site site : sites) {
      params.declare(site.path() + ".weight", Role.BASE, Init.normal(0.1), site.out(), site.in());
      params.declare(site.path() + ".bias", Role.BASE, Init.normal(0.1), site.out());
    }
    params.draw(manager, new Seeds(1), Role.BASE);
    for (Site site : sites) {
      assertThat(method.linear(site, params)).isPresent();
    }
    params.draw(manager, new Seeds(1), Role.FIXED, Role.ADAPTER);
    return params;
  }

  private static Site site(int layer, String name) {
    Part part = name.equals("query") ? Part.QUERY : Part.VALUE;
    return new Site(layer, part, "bert.encoder.layer." + layer + ".self." + name, IN, OUT);
  }

  private static NDArray value(ParamTable params, String ending) {
    return params.all().stream()
        .filter(param -> param.name().endsWith(ending))
        .findFirst()
        .orElseThrow()
        .array();
  }

  private static double variance(NDArray x) {
    return x.mul(x).mean().getFloat();
  }

  @Test
  void tlora_starts_by_the_number_of_inputs_on_request() {
    Site[] sites = new Site[64]; // 98,304 values of each matrix or more
    Arrays.setAll(sites, layer -> site(layer, "query"));
    ParamTable params = attached(method("tlora", "rank=32", "init=fan-in"), sites);
    TLoraTest.assertSpread(params, "tlora_A", 1.0 / (3 * IN));
    TLoraTest.assertSpread(params, "tlora_C", 1.0 / (3 * 32));
    ParamTable reference = attached(method("tlora", "rank=32"), sites);
    TLoraTest.assertSpread(reference, "tlora_A", 1.0 / (3 * 32));
    TLoraTest.assertSpread(reference, "tlora_C", 1.0 / (3 * OUT));
  }

  @Test
  void tlora_starts_orthonormal_on_request() {
    ParamTable params = attached(method("tlora", "rank=8", "init=orthogonal"), site(0, "query"));
    NDArray a = value(params, "tlora_A");
    NDArray c = value(params, "tlora_C");
    assertThat(Ops.maxAbsDifference(a.transpose().matMul(a), manager.eye(8))).isLessThan(1e-6);
    assertThat(Ops.maxAbsDifference(c.matMul(c.transpose()), manager.eye(8))).isLessThan(1e-6);
  }

  @Test
  void tlora_starts_from_the_base_on_request_and_then_stores_what_it_computed() {
    Method method = method("tlora", "rank=48", "init=svd");
    assertThat(method.storesFixed()).isTrue();
    ParamTable params = attached(method, site(0, "query"));
    NDArray product = value(params, "tlora_A").matMul(value(params, "tlora_C")); // (in, out)
    NDArray weight = value(params, "query.weight");
    assertThat(Ops.maxAbsDifference(product.transpose(), weight)).isLessThan(1e-5);
  }

  @Test
  void tlora_has_one_alpha_a_layer_on_request() {
    Site[] sites = {site(0, "query"), site(0, "value"), site(1, "query")};
    ParamTable params = attached(method("tlora", "alpha=layer"), sites);
    assertThat(params.of(Role.ADAPTER))
        .extracting(Param::name)
        .filteredOn(name -> name.endsWith("alpha"))
        .containsExactly("bert.encoder.layer.0.tlora_alpha", "bert.encoder.layer.1.tlora_alpha");
  }

  @Test
  void tloras_alpha_is_not_trained_on_request() {
    ParamTable params = attached(method("tlora", "alpha=fixed"), site(0, "query"));
    assertThat(params.of(Role.ADAPTER)).extracting(Param::size).containsExactly(64L);
    assertThat(value(params, "tlora_alpha").toFloatArray()).containsExactly(1);
  }

  @Test
  void whether_tloras_alpha_decays_is_a_setting() {
    for (Boolean decays : new Boolean[] {null, true, false}) {
      Method method = method("tlora", "alpha_decays=" + (decays == null ? "" : decays));
      Param alpha =
          attached(method, site(0, "query")).get("bert.encoder.layer.0.self.query.tlora_alpha");
      assertThat(alpha.decays()).isEqualTo(Optional.ofNullable(decays));
    }
  }

  @Test
  void tlora_drops_its_inputs_on_request() {
    ParamTable params = new ParamTable();
    Site site = site(0, "query");
    Method method = method("tlora", "rank=4", "dropout=0.5", "dropout_on=input");
    Delta delta = method.linear(site, params).orElseThrow();
    params.draw(manager, new Seeds(1), Role.FIXED, Role.ADAPTER);
    value(params, "tlora_B").addi(manager.eye(4));
    try (Scope step = Scope.inference(manager)) {
      NDArray x = step.manager().ones(new Shape(1, IN));
      NDArray y = step.manager().zeros(new Shape(1, OUT));
      Torch.seed(3);
      // A dropped output would be 0; of dropped inputs every output has a part.
      assertThat(delta.apply(x, y, true).toFloatArray()).doesNotContain(0);
      Torch.seed(3);
      NDArray dropped = Ops.dropout(x, 0.5);
      Torch.seed(3);
      NDArray wanted = delta.apply(dropped, y, false);
      assertThat(Ops.maxAbsDifference(delta.apply(x, y, true), wanted)).isLessThan(1e-7);
    }
  }

  @Test
  void rank_stabilised_lora_is_scaled_by_the_root_of_its_rank() {
    Lora lora = (Lora) method("lora", "rank=16", "alpha=8", "rank_stabilized=true");
    assertThat(lora.scaling(site(0, "query"))).isEqualTo(2);
    Lora patterns =
        (Lora)
            method(
                "lora",
                "rank=16",
                "alpha=8",
                "rank_stabilized=true",
                "rank_pattern={query: 4}",
                "alpha_pattern={'layer\\.1\\..*query': 2}");
    assertThat(patterns.rank(site(0, "query"))).isEqualTo(4);
    assertThat(patterns.rank(site(0, "value"))).isEqualTo(16);
    assertThat(patterns.scaling(site(0, "query"))).isEqualTo(4);
    assertThat(patterns.scaling(site(1, "query"))).isEqualTo(1);
    assertThat(patterns.scaling(site(0, "value"))).isEqualTo(2);
  }

  @Test
  void lora_plus_trains_b_faster() {
    ParamTable params = attached(method("lora", "loraplus_lr_ratio=16"), site(0, "query"));
    assertThat(params.of(Role.ADAPTER)).extracting(Param::rateFactor).containsExactly(1.0, 16.0);
  }

  @Test
  void dora_starts_with_the_lengths_of_the_bases_rows() {
    ParamTable params = attached(method("dora"), site(0, "query"));
    NDArray weight = value(params, "query.weight");
    NDArray wanted = weight.mul(weight).sum(new int[] {1}).sqrt();
    assertThat(Ops.maxAbsDifference(value(params, "magnitude_vector"), wanted)).isLessThan(1e-6);
  }

  @Test
  void lora_xs_starts_near_0_between_the_bases_singular_vectors() {
    ParamTable params = attached(method("lora-xs", "rank=48"), site(0, "query"));
    NDArray product = value(params, "lora_xs_B").matMul(value(params, "lora_xs_A"));
    assertThat(Ops.maxAbsDifference(product, value(params, "query.weight"))).isLessThan(1e-5);
    assertThat(variance(value(params, "lora_xs_R"))).isCloseTo(1e-10, within(1e-11));
  }

  @Test
  void veras_first_values_are_pefts() {
    ParamTable params = attached(method("vera", "rank=512", "d_initial=0.3"), site(0, "query"));
    assertThat(value(params, "lambda_d").toFloatArray()).containsOnly(0.3f);
    assertThat(value(params, "lambda_b").toFloatArray()).containsOnly(0);
    assertUniform(value(params, "vera_A"), Math.sqrt(6.0 / IN));
    assertUniform(value(params, "vera_B"), Math.sqrt(6.0 / 512));
  }

  private static void assertUniform(NDArray x, double bound) {
    assertThat(x.abs().max().getFloat()).isBetween((float) (0.99 * bound), (float) bound);
    assertThat(variance(x)).isCloseTo(bound * bound / 3, within(0.02 * bound * bound));
  }

  @Test
  void a_truncated_normal_has_nothing_beyond_two_deviations() {
    float[] values = new SplitMix64(5).truncatedNormal(100_001, 0.5);
    double squares = 0;
    for (float value : values) {
      assertThat(Math.abs(value)).isLessThanOrEqualTo(1);
      squares += (double) value * value;
    }
    // 1 - 2 * 2 phi(2) / (2 Phi(2) - 1) of the whole normal's variance
    assertThat(squares / values.length).isCloseTo(0.7737 * 0.25, within(0.002));
  }

  @Test
  void a_method_without_a_size_has_no_label() {
    assertThat(method("full").label()).isEmpty();
    assertThat(method("lora", "rank=4").label()).isEqualTo("r4");
    assertThat(method("prefix-layer", "length=3").label()).isEqualTo("l3");
    assertThat(method("combined").label()).isEqualTo("lora-r8-prefix-embedding-l16");
    assertThat(method("combined").targets()).isEqualTo(List.of("query", "value"));
  }
}
