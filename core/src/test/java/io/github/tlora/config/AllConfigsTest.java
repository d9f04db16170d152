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
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The configurations that come with the tool. */
class AllConfigsTest {
  private static final Path CONFIGS = Path.of("..", "configs");

  /** Training rows of GLUE's tasks. */
  private static final Map<String, Integer> ROWS =
      Map.of(
          "mnli", 392_702,
          "sst2", 67_349,
          "mrpc", 3_668,
          "cola", 8_551,
          "qnli", 104_743,
          "qqp", 363_846,
          "rte", 2_490,
          "stsb", 5_749);

  static List<Path> all() throws IOException {
    try (Stream<Path> files = Files.walk(CONFIGS)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @Test
  void none_is_lost() throws IOException {
    assertThat(all()).hasSizeGreaterThanOrEqualTo(175);
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

    // What `tlora configs list` shows of it.
    assertThat(Files.readAllLines(file).get(0)).matches("# [A-Z].{5,72}\\.");
    assertThat(Files.readAllLines(file).stream().takeWhile(line -> line.startsWith("#")))
        .anyMatch(line -> line.startsWith("# Source: "))
        .contains("# Run: ./tlora train -c " + path);
  }

  /** The files that are to reproduce a published score or have a published recipe. */
  static List<Path> cells() throws IOException {
    return all().stream()
        .filter(file -> file.getParent().getNameCount() > 4 || isTlora(file))
        .toList();
  }

  private static boolean isTlora(Path file) {
    return file.getParent().endsWith("tlora");
  }

  private static String line(Path file, String start) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(start))
        .findFirst()
        .orElse("");
  }

  @ParameterizedTest
  @MethodSource("cells")
  void a_cell_says_its_score_and_its_steps(Path file) throws IOException {
    RunConfig config = new Layers().file(file).resolve();
    long rows = ROWS.get(config.task());
    long batch = config.train().batchSize();
    long steps = (rows + batch - 1) / batch;
    assertThat(line(file, "# Steps: "))
        .isEqualTo(
            String.format(
                Locale.ROOT,
                "# Steps: %,d rows, %,d steps an epoch, %,d in all",
                rows,
                steps,
                steps * config.train().epochs()));
    if (Files.readString(file).contains("No score is published")) {
      assertThat(line(file, "# Published: ")).isEmpty();
    } else {
      assertThat(line(file, "# Published: "))
          .matches("# Published: [\\d./]+( ± [\\d.]+)? (accuracy|F1|Matthews|Pearson|Spearman).*");
    }
    assertThat(file).hasFileName(config.task() + ".yaml");
    assertThat(Files.readAllLines(file)).hasSizeLessThanOrEqualTo(18);
  }

  @Test
  void no_cell_is_lost() throws IOException {
    assertThat(cells()).hasSizeGreaterThanOrEqualTo(128);
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
