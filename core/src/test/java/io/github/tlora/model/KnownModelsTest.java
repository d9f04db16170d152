package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Shapes of well-known checkpoints, counted against their published sizes. */
class KnownModelsTest {
  static List<String> names() {
    return KnownModels.names();
  }

  static SequenceClassifier declared(String name) {
    HeadSettings head =
        HeadSettings.defaults().orElse(HeadSettings.Kind.NATIVE, HeadSettings.Pooling.FIRST);
    return SequenceClassifier.declare(KnownModels.architecture(name), head, 2, Slots.NONE);
  }

  @Test
  void every_file_is_listed_and_every_name_has_a_file() throws IOException, URISyntaxException {
    Path folder = Path.of(KnownModels.class.getResource("known").toURI());
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString().replaceFirst("\\.json$", "")))
          .containsExactlyInAnyOrderElementsOf(KnownModels.names());
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void every_known_model_declares_an_encoder_and_a_head(String name) {
    SequenceClassifier model = declared(name);
    assertThat(model.params().count(Role.BASE)).isGreaterThan(13_000_000);
    assertThat(model.params().count(Role.HEAD)).isPositive();
    assertThat(model.params().count(Role.ADAPTER)).isZero();
    assertThat(model.params().all())
        .filteredOn(param -> param.role() == Role.BASE)
        .allMatch(param -> param.name().startsWith(model.architecture().prefix() + "."));
    assertThat(model.projections()).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "all-MiniLM-L6-v2, 22713216",
    "bert-base-uncased, 109482240",
    "bert-large-uncased, 335141888",
    "bert-base-cased, 108310272",
    "bert-large-cased, 333579264",
    "roberta-base, 124055040",
    "roberta-large, 354310144",
    "roberta-large-mnli, 354310144",
    "distilroberta-base, 81527808",
    "deberta-v3-xsmall, 70682112",
    "deberta-v3-small, 141304320",
    "deberta-v3-base, 183831552",
    "deberta-v3-large, 434012160",
    "deberta-base, 138601728",
    "electra-small-discriminator, 13483008",
    "electra-base-discriminator, 108891648",
    "electra-large-discriminator, 334092288",
    "xlm-roberta-base, 277453056",
    "xlm-roberta-large, 558840832"
  })
  void encoders_have_their_published_sizes(String name, long base) {
    assertThat(declared(name).params().count(Role.BASE)).isEqualTo(base);
  }

  @ParameterizedTest
  @CsvSource({
    "bert-base-uncased, 109483778",
    "roberta-base, 124647170",
    "roberta-large, 355361794",
    "deberta-v3-base, 184423682",
    "deberta-v3-large, 435063810",
    "electra-small-discriminator, 13549314",
    "electra-base-discriminator, 109483778",
    "electra-large-discriminator, 335143938",
    "xlm-roberta-base, 278045186",
    "xlm-roberta-large, 559892482"
  })
  void with_a_native_head_for_two_labels_they_are_transformers_classifiers(
      String name, long total) {
    assertThat(declared(name).params().count(param -> true)).isEqualTo(total);
  }

  @Test
  void roberta_base_with_the_dense_layer_of_its_head_is_as_large_as_with_a_pooler() {
    // 124,645,632 is what transformers counts for RobertaModel, whose pooler no classifier reads.
    assertThat(
            declared("roberta-base")
                .params()
                .count(param -> !param.name().startsWith("classifier.out_proj")))
        .isEqualTo(124_645_632);
  }

  @Test
  void the_organisation_may_stand_before_the_name() {
    for (String name : List.of("roberta-large", "FacebookAI/roberta-large")) {
      assertThat(KnownModels.architecture(name))
          .isEqualTo(KnownModels.architecture("roberta-large"));
    }
    assertThat(KnownModels.architecture("microsoft/deberta-v3-base")).isInstanceOf(DebertaV2.class);
    assertThat(KnownModels.architecture("microsoft/deberta-base")).isInstanceOf(Deberta.class);
    assertThat(KnownModels.architecture("google/electra-base-discriminator"))
        .isInstanceOf(Electra.class);
    assertThat(KnownModels.architecture("FacebookAI/xlm-roberta-base"))
        .isInstanceOf(XlmRoberta.class);
    assertThat(KnownModels.architecture(BundledModel.ID)).isInstanceOf(Bert.class);
  }

  @Test
  void an_unknown_name_is_told_with_the_nearest_and_all() {
    assertThatThrownBy(() -> KnownModels.architecture("roberta-larg"))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessage(
            "model: the shape of 'roberta-larg' is not known (did you mean 'roberta-large'?)."
                + " Give a directory with a config.json, or one of: bundled, "
                + String.join(", ", KnownModels.names()));
    assertThatThrownBy(() -> KnownModels.architecture("org/gpt2"))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("model: the shape of 'org/gpt2' is not known. Give a directory");
  }
}
