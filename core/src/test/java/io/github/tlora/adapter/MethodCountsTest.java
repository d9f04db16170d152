package io.github.tlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each method trains on the shapes of real checkpoints, against the papers' tables. */
class MethodCountsTest {

  private static SequenceClassifier on(String model, String method, String... settings) {
    Layers layers = new Layers().set("adapter.method", method, "--method");
    for (String setting : settings) {
      if (!setting.isEmpty()) {
        int at = setting.indexOf('=');
        layers.set("adapter." + setting.substring(0, at), setting.substring(at + 1), setting);
      }
    }
    return TLoraTest.on(model, layers.resolve().adapter());
  }

  @ParameterizedTest
  @CsvSource({
    // arXiv 2106.09685, table 2; its counts in millions
    "roberta-base,       lora,     rank=8,  294912",
    "roberta-large,      lora,     rank=8,  786432",
    "deberta-v2-xxlarge, lora,     rank=16, 4718592",
    "roberta-large,      pfeiffer, rank=16, 811392", // 0.8 M: 24 (2 * 1024 * 16 + 16 + 1024)
    "roberta-large,      pfeiffer, rank=64, 3171840", // 3.0 M
    "roberta-large,      houlsby,  rank=8,  835968", // 0.8 M: 48 (2 * 1024 * 8 + 8 + 1024)
    "roberta-large,      houlsby,  rank=64, 6343680", // 6.0 M
    "roberta-base,       bitfit,   '',      102144", // 0.1 M: 12 (7 * 768 + 3072) + 768
    "roberta-base,       full,     '',      124055040",
    "roberta-large,      full,     '',      354310144", // 355 M with a head
    // arXiv 2310.11454 and 2504.18735
    "roberta-large,      vera,     rank=256, 61440",
    "roberta-base,       vera,     rank=1024, 43008",
    "roberta-large,      tlora,    rank=32, 49200",
    "deberta-v2-xxlarge, tlora,    rank=32, 98400",
    "roberta-large,      tlora,    'rank=8,alpha=layer', 3096", // 48 * 64 + 24
    "roberta-large,      tlora,    'rank=8,alpha=fixed', 3072",
    // arXiv 2405.17604: 96 matrices of r^2
    "roberta-large,      lora-xs,  rank=25, 60000",
    "roberta-large,      lora-xs,  rank=4,  1536",
    "roberta-large,      lora-fa,  rank=8,  393216", // half of LoRA's
    "roberta-large,      dora,     rank=8,  835584", // LoRA's and 48 * 1024
    "roberta-large,      lin,      rank=16, 860544", // Adapter-P's and 24 * 2 * 1024
    "roberta-base,       adapter-drop, 'rank=16,dropped_layers=5', 177520", // 7 * 25360
    "roberta-large,      prefix-embedding, length=16, 16384", // 16 * 1024
    "roberta-large,      prefix-layer,     length=16, 393216", // 24 times as many
    "deberta-v2-xxlarge, prefix-layer,     length=8,  589824", // 48 * 8 * 1536
    "deberta-v2-xxlarge, houlsby,          rank=8,    2507520", // 96 (2 * 1536 * 8 + 8 + 1536)
  })
  void it_trains_as_many_as_its_paper_says(
      String model, String method, String settings, long count) {
    SequenceClassifier declared = on(model, method, settings.split(","));
    assertThat(declared.adapterCount()).isEqualTo(count);
  }

  @Test
  void vera_shares_two_matrices_as_large_as_the_largest_site() {
    SequenceClassifier declared =
        on("roberta-base", "vera", "rank=4", "targets=[query,intermediate,output]");
    assertThat(declared.params().of(Role.FIXED))
        .extracting(param -> param.name() + param.shape())
        .containsExactly("vera_A(4, 3072)", "vera_B(3072, 4)");
  }

  @Test
  void patterns_of_rank_and_alpha_are_by_target() {
    SequenceClassifier declared =
        on("roberta-base", "lora", "rank=8", "rank_pattern={value: 2, 'layer.0.*query': 4}");
    // 12 values at rank 2, the query of layer 0 at rank 4, 11 queries at rank 8
    assertThat(declared.adapterCount()).isEqualTo(2L * 768 * (12 * 2 + 4 + 11 * 8));
  }

  @Test
  void a_rank_above_the_singular_values_is_refused() {
    assertThatThrownBy(() -> on("all-MiniLM-L6-v2", "lora-xs", "rank=385"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("adapter.rank: 385 is more than the 384 singular values");
  }

  @Test
  void lora_of_deberta_v1_is_on_its_fused_matrix() {
    assertThat(on("deberta-base", "lora-xs", "rank=4").adapterCount()).isEqualTo(12 * 3 * 16);
    assertThat(on("deberta-base", "vera", "rank=4").adapterCount()).isEqualTo(12L * (3 * 768 + 4));
  }
}
