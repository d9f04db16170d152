package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The configurations that come with the tool, by name and copied. */
class RecipesTest {
  private static final Path CONFIGS = Path.of("..", "configs");

  @TempDir Path dir;

  static List<String> names() throws IOException {
    try (Stream<Path> files = Files.walk(CONFIGS)) {
      return files
          .map(file -> CONFIGS.relativize(file).toString().replace('\\', '/'))
          .filter(file -> file.endsWith(".yaml"))
          .map(file -> file.replaceFirst("\\.yaml$", ""))
          .toList();
    }
  }

  @Test
  void every_file_of_configs_comes_with_the_tool() throws IOException {
    assertThat(Recipes.names()).containsAll(names()).isSorted();
  }

  @Test
  void a_name_stands_for_its_file() {
    assertThat(new Layers().file(Path.of("paper/tlora/rte")).resolve())
        .isEqualTo(new Layers().file(CONFIGS.resolve("paper/tlora/rte.yaml")).resolve());
    assertThat(new Layers().file(Path.of("tiny/smoke")).effective())
        .contains(new EffectiveSetting("train.max_examples", 64, "configs/tiny/smoke.yaml:8"));
  }

  @Test
  void a_file_of_that_name_comes_first() {
    Path own = new ConfigFolder(dir).write("tiny/smoke", "seed: 1");
    assertThatThrownBy(() -> new Layers().file(own).resolve())
        .hasMessage(own + ": a configuration's name ends in .yaml, .yml or .json");
  }

  @ParameterizedTest
  @CsvSource({
    "paper/tlora/sst, paper/tlora/sst2",
    "configs/paper/tlora/sst2.yaml, paper/tlora/sst2",
    "smoke, tiny/smoke"
  })
  void a_name_that_is_none_gets_a_suggestion(String typed, String meant) {
    assertThat(new ConfigFolder(dir).problems(new Layers().file(Path.of(typed))))
        .containsExactly(
            typed
                + ": no such file. Did you mean the recipe '"
                + meant
                + "'? See: tlora configs list");
    assertThatThrownBy(() -> Recipes.named(typed))
        .isInstanceOf(UserError.class)
        .hasMessage(
            "unknown recipe '"
                + typed
                + "' (did you mean '"
                + meant
                + "'?). See: tlora configs list");
  }

  @Test
  void a_name_that_leads_out_of_the_recipes_is_none() {
    assertThat(Recipes.find("../Recipes")).isEmpty();
    assertThat(Recipes.find(dir.resolve("x").toString())).isEmpty();
    assertThat(Recipes.find("")).isEmpty();
  }

  @Test
  void a_recipe_tells_what_it_is() {
    Recipe recipe = Recipes.named("paper/tlora/qnli");
    assertThat(recipe.task()).isEqualTo("qnli");
    assertThat(recipe.model()).isEqualTo("roberta-large-mnli");
    assertThat(recipe.method()).isEqualTo("tlora");
    assertThat(recipe.published()).isEqualTo("92.1 accuracy");
    assertThat(recipe.source()).contains("2504.18735");
    assertThat(recipe.summary()).isEqualTo("TLoRA on QNLI with roberta-large-mnli.");
    assertThat(Recipes.named("method/vera").task()).isNull();
    assertThat(recipe.has(List.of("QNLI", "tlora"))).isTrue();
    assertThat(recipe.has(List.of("qnli", "rte"))).isFalse();
  }

  @ParameterizedTest
  @MethodSource("names")
  void a_copy_is_the_same_configuration_and_needs_no_other_file(String name) {
    Path copy = new ConfigFolder(dir).write("x.yaml", RecipeCopy.of(Recipes.named(name), "x.yaml"));

    assertThat(copy)
        .content()
        .doesNotContain("include:")
        .contains("# Run: tlora train -c x.yaml\n");
    assertThat(new Layers().file(copy).resolve())
        .isEqualTo(new Layers().file(CONFIGS.resolve(name + ".yaml")).resolve());
  }

  @Test
  void comments_beside_settings_go_along() {
    assertThat(RecipeCopy.of(Recipes.named("paper/tlora/sst2"), "x.yaml"))
        .contains("\n  dropout: 0.5 # on the update, not on its input\n")
        .contains("\n  decay: all # on every trained tensor, alpha too\n");
  }

  @ParameterizedTest
  @MethodSource("names")
  void a_run_to_start_from_is_the_one_that_the_table_s_mnli_recipe_leaves(String name) {
    RunConfig config = new Layers().file(Path.of(name)).resolve();
    if (config.initFrom() != null) {
      Path mnli = Path.of(name.replaceFirst("[^/]*$", "mnli"));
      RunConfig first = new Layers().file(mnli).resolve();
      String parts =
          String.join("-", "mnli", first.model().name(), first.adapter().methodName())
              + (first.adapter().label().isEmpty() ? "" : "-" + first.adapter().label());
      assertThat(config.initFrom()).isEqualTo("runs/" + parts + "-s" + first.seed());
      assertThat(config.adapter()).isEqualTo(first.adapter());
      assertThat(config.model()).isEqualTo(first.model());
    }
  }
}
