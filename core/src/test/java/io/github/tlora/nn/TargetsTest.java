package io.github.tlora.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which matrices a name means. */
class TargetsTest {
  private static final String LAYER = "bert.encoder.layer.3.";

  private static Site site(Part part, String path) {
    return new Site(3, part, LAYER + path, 4, 4);
  }

  private static final Site QUERY = site(Part.QUERY, "attention.self.query");
  private static final Site ATTENTION_OUTPUT =
      site(Part.ATTENTION_OUTPUT, "attention.output.dense");
  private static final Site INTERMEDIATE = site(Part.INTERMEDIATE, "intermediate.dense");
  private static final Site OUTPUT = site(Part.OUTPUT, "output.dense");
  private static final Site FUSED = site(Part.QKV, "attention.self.in_proj");
  private static final Site POS_QUERY = site(Part.POS_QUERY, "attention.self.pos_q_proj");
  private static final List<Site> ALL =
      List.of(QUERY, ATTENTION_OUTPUT, INTERMEDIATE, OUTPUT, FUSED, POS_QUERY);

  private static List<Part> parts(String name) {
    return ALL.stream().filter(site -> Targets.matches(name, site)).map(Site::part).toList();
  }

  @Test
  void a_part_s_name_means_that_part() {
    assertThat(parts("attention_output")).containsExactly(Part.ATTENTION_OUTPUT);
    assertThat(parts("intermediate")).containsExactly(Part.INTERMEDIATE);
    assertThat(parts("output")).containsExactly(Part.OUTPUT);
    assertThat(parts("pos_query")).containsExactly(Part.POS_QUERY);
    assertThat(parts("qkv")).containsExactly(Part.QKV);
  }

  @Test
  void query_key_and_value_mean_the_fused_projection_too() {
    assertThat(parts("query")).containsExactly(Part.QUERY, Part.QKV);
    assertThat(parts("key")).containsExactly(Part.QKV);
    assertThat(parts("value")).containsExactly(Part.QKV);
  }

  @ParameterizedTest
  @CsvSource({
    "in_proj, QKV",
    "self.in_proj, QKV",
    "pos_q_proj, POS_QUERY",
    "intermediate.dense, INTERMEDIATE",
    "attention.output.dense, ATTENTION_OUTPUT",
    "bert.encoder.layer.3.output.dense, OUTPUT"
  })
  void the_end_of_a_path_means_its_matrices(String name, Part part) {
    assertThat(parts(name)).containsExactly(part);
  }

  @Test
  void an_end_that_several_paths_share_means_all_of_them() {
    // As in PEFT: both paths end in ".output.dense".
    assertThat(parts("output.dense")).containsExactly(Part.ATTENTION_OUTPUT, Part.OUTPUT);
    assertThat(parts("dense"))
        .containsExactly(Part.ATTENTION_OUTPUT, Part.INTERMEDIATE, Part.OUTPUT);
  }

  @ParameterizedTest
  @CsvSource({"proj", "ense", "QUERY", "query.weight", "layer.3", "''", "bert", "'.dense'"})
  void part_of_a_word_or_of_another_place_means_nothing(String name) {
    assertThat(parts(name)).isEmpty();
  }

  @Test
  void any_of_the_names_is_enough() {
    Targets targets = new Targets(List.of("intermediate", "output"));
    assertThat(ALL.stream().filter(targets::match)).containsExactly(INTERMEDIATE, OUTPUT);
    assertThat(Targets.DEFAULT).containsExactly("query", "value");
  }

  @Test
  void there_must_be_a_name() {
    assertThatThrownBy(() -> new Targets(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("targets must name at least one matrix");
    assertThatThrownBy(() -> new Targets(List.of("query", " ")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("targets must not be empty");
  }

  private static List<Projection> layers() {
    Wiring wiring = new Wiring(Slots.NONE, new ParamTable());
    for (int layer = 0; layer < 2; layer++) {
      String path = "bert.encoder.layer." + layer;
      assertThat(new SelfAttention(wiring, layer, path + ".attention.self", 4, 2)).isNotNull();
      wiring.projection(layer, Part.OUTPUT, path + ".output.dense", 8, 4);
    }
    return wiring.projections();
  }

  @Test
  void a_target_without_a_matrix_is_told_with_those_there_are() {
    Wiring.requireTargets(List.of("query", "layer.1.output.dense", "self.key"), layers());
    assertThatThrownBy(() -> Wiring.requireTargets(List.of("query", "in_proj"), layers()))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessage(
            "adapter.targets: 'in_proj' matches no matrix of this model. Known targets:"
                + " query (attention.self.query), key (attention.self.key),"
                + " value (attention.self.value), output (output.dense)");
  }
}
