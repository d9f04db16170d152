package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static io.github.tlora.cli.Refusal.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tlora configs}. */
class ConfigsCommandTest {
  @TempDir private Path folder;

  @Test
  void list_has_a_line_for_each_with_its_score() {
    Invocation all = tlora("configs", "list").succeeded();
    assertThat(all.outLines()).hasSizeGreaterThan(100);
    assertThat(all.outLines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(130))
        .anyMatch(
            line ->
                line.matches("paper/tlora/sst2 +95\\.3  TLoRA on SST-2 with roberta-large-mnli\\."))
        .anyMatch(line -> line.matches("tiny/smoke +The smallest real training: .*"));
  }

  @Test
  void recipes_without_a_published_score_are_listed() {
    assertThat(tlora("configs", "list", "tiny").succeeded().outLines())
        .anyMatch(line -> line.matches("tiny/first +The first training of the README: .*"));
  }

  @Test
  void list_takes_words_that_must_all_be_there() {
    assertThat(tlora("configs", "list", "LORA", "roberta-base", "mrpc").succeeded().outLines())
        .hasSize(1)
        .first()
        .asString()
        .startsWith("paper/lora/roberta-base/mrpc  89.7  LoRA on MRPC");
    assertThat(refusal(folder, 2, "configs", "list", "lora", "nothing-like-it"))
        .isEqualTo("no recipe has the words 'lora' and 'nothing-like-it'. See: tlora configs list");
  }

  @Test
  void list_answers_in_json() {
    JsonNode found = tlora("configs", "list", "paper/tlora/sst2", "--json").succeeded().json();
    assertThat(found).hasSize(1);
    assertThat(Invocation.keys(found.get(0)))
        .containsExactly("name", "task", "model", "method", "published", "summary", "source");
    assertThat(found.get(0).path("model").asText()).isEqualTo("roberta-large-mnli");
  }

  @Test
  void show_prints_the_file() throws IOException {
    assertThat(tlora("configs", "show", "method/lora").succeeded().out())
        .isEqualToNormalizingNewlines(
            Files.readString(Path.of("..", "configs", "method", "lora.yaml")));
    JsonNode json = tlora("configs", "show", "method/lora", "--json").succeeded().json();
    assertThat(json.path("method").asText()).isEqualTo("lora");
    assertThat(json.path("text").asText()).startsWith("# LoRA with").endsWith("dropout: 0.0\n");
    assertThat(refusal(folder, 2, "configs", "show", "method/lorra"))
        .isEqualTo(
            "unknown recipe 'method/lorra' (did you mean 'method/lora'?). See: tlora configs list");
  }

  @Test
  void a_copy_stands_alone_and_trains_as_the_recipe_does() throws IOException {
    Path file = folder.resolve("mine.yaml");
    Invocation copied = tlora("configs", "copy", "tiny/smoke", "-o", file).succeeded();

    assertThat(copied.out().strip())
        .isEqualTo("wrote " + file + ". Train with: tlora train -c " + file);
    assertThat(Files.readString(file)).contains("name: bundled").doesNotContain("include:");
    assertThat(configuration(file)).isEqualTo(configuration("tiny/smoke"));
  }

  private static JsonNode configuration(Object recipe) {
    JsonNode plan = tlora("train", "-c", recipe, "--dry-run", "--json").succeeded().json();
    assertThat(plan.at("/config/train/max_examples").asInt()).isEqualTo(64);
    return plan.path("config");
  }

  @Test
  void a_copy_overwrites_nothing() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.yaml"), "seed: 1");
    assertThat(refusal(folder, 2, "configs", "copy", "tiny/smoke", "-o", file))
        .isEqualTo("'" + file + "' exists already. Name another file with -o, or remove it first");
    assertThat(refusal(folder, 2, "configs", "copy", "tiny/smoke", "-o", folder.resolve("x.txt")))
        .isEqualTo("-o: '" + folder.resolve("x.txt") + "' must end in .yaml or .yml");
    assertThat(
            refusal(folder, 3, "configs", "copy", "tiny/smoke", "-o", folder.resolve("no/x.yaml")))
        .contains("no such directory");
  }

  @Test
  void a_recipe_s_name_stands_for_its_file() {
    assertThat(tlora("config", "show", "-c", "paper/tlora/sst2").succeeded().outLines())
        .anyMatch(line -> line.matches("task +sst2 +configs/paper/tlora/sst2\\.yaml:\\d+"));
    assertThat(refusal(folder, 2, "train", "-c", "paper/tlora/sst"))
        .isEqualTo(
            "paper/tlora/sst: no such file. Did you mean the recipe 'paper/tlora/sst2'? See: tlora"
                + " configs list");
  }
}
