package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.config.Layers;
import io.github.tlora.config.RunConfig;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file in configs passes {@code tlora train --dry-run}, on rows made up and shapes alone. */
class RecipeDryRunTest {
  private static final Path CONFIGS = Path.of("..", "configs");
  private static final Map<String, List<String>> TEXTS =
      Map.of(
          "mnli", List.of("premise", "hypothesis"),
          "qnli", List.of("question", "sentence"),
          "qqp", List.of("question1", "question2"),
          "sst2", List.of("sentence"),
          "cola", List.of("sentence"));

  @TempDir private static Path folder;

  static List<Path> all() throws IOException {
    try (Stream<Path> files = Files.walk(CONFIGS)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @BeforeAll
  static void write_rows_of_every_task() throws IOException {
    for (String name : List.of("sst2", "cola", "mrpc", "qqp", "qnli", "rte", "mnli", "stsb")) {
      Glue task = (Glue) Task.named(name);
      Path directory = Files.createDirectories(folder.resolve("glue").resolve(task.title()));
      List<String> splits = new ArrayList<>(task.devSplits());
      splits.add(Task.TRAIN);
      for (String split : splits) {
        Files.writeString(directory.resolve(split + ".jsonl"), rows(task));
      }
    }
  }

  private static String rows(Task task) {
    List<String> texts = TEXTS.getOrDefault(task.key(), List.of("sentence1", "sentence2"));
    String words =
        texts.stream()
            .map(key -> "\"" + key + "\": \"a few words\"")
            .collect(Collectors.joining(", "));
    return IntStream.range(0, 12)
        .mapToObj(row -> "{" + words + ", \"label\": " + row % 2 + "}\n")
        .collect(Collectors.joining());
  }

  @ParameterizedTest
  @MethodSource("all")
  void each_is_planned(Path file) {
    RunConfig config =
        new Layers()
            .file(file)
            .set("data", folder.resolve("glue").toString(), "--data")
            .set("init_from", "~", "--init-from") // RecipesTest looks at the name of that run
            .resolve();
    Environment nothingHere =
        new Environment(folder.resolve("home"), folder.resolve("hub"), "cpu", null);

    TrainRun.Plan plan = new TrainRun(config, nothingHere).plan();

    assertThat(plan.trainRows()).isEqualTo(12);
    assertThat(plan.trainable()).isPositive();
    assertThat(plan.steps()).isPositive();
  }
}
