package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.adapter.TLora;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelSettings;
import io.github.tlora.train.TrainSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The configurations that come with the tool. */
class AllConfigsTest {
  private static final Path CONFIGS = Path.of("..", "configs");

  static List<Path> all() throws IOException {
    try (Stream<Path> files = Files.walk(CONFIGS)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @Test
  void none_is_lost() throws IOException {
    assertThat(all()).hasSizeGreaterThanOrEqualTo(13);
  }

  @ParameterizedTest
  @MethodSource("all")
  void each_resolves(Path file) {
    RunConfig config = new Layers().file(file).resolve();

    assertThat(ConfigWriter.toYaml(config)).startsWith("task: ");
  }

  @ParameterizedTest
  @MethodSource("all")
  void each_says_how_to_run_it(Path file) throws IOException {
    String path = CONFIGS.getParent().relativize(file).toString();

    assertThat(Files.readAllLines(file).stream().takeWhile(line -> line.startsWith("#")))
        .anyMatch(line -> line.startsWith("# Source: "))
        .contains("# Run: ./tlora train -c " + path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sst2", "qnli", "rte", "mrpc", "cola"})
  void the_paper_s_recipe_is_that_of_its_code(String task) {
    RunConfig config =
        new Layers().file(CONFIGS.resolve("paper/tlora/" + task + ".yaml")).resolve();

    assertThat(config)
        .isEqualTo(
            new RunConfig(
                task,
                new ModelSettings("roberta-large-mnli", null),
                null,
                null,
                null,
                null,
                null,
                new TLora(32, List.of("query", "value"), 0.5, null),
                new HeadSettings(
                    HeadSettings.Kind.NATIVE,
                    null,
                    HeadSettings.From.CHECKPOINT,
                    HeadSettings.Labels.BY_INDEX,
                    false,
                    null),
                new TrainSettings(
                    1e-3,
                    30,
                    32,
                    null,
                    1,
                    null,
                    512,
                    null,
                    0.01,
                    TrainSettings.Decay.ALL,
                    null,
                    null,
                    0.06,
                    null,
                    null,
                    0.0,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null),
                null,
                null));
  }

  @Test
  void the_smoke_run_is_small() {
    RunConfig config = new Layers().file(CONFIGS.resolve("tiny/smoke.yaml")).resolve();

    assertThat(config.model()).isEqualTo(ModelSettings.defaults());
    assertThat(config.train().maxExamples()).isEqualTo(64);
    assertThat(config.train().epochs()).isEqualTo(1);
  }
}
