package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.adapter.Method;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** docs/methods against the methods: every method has a card, and what stands in it is so. */
class MethodCardsTest {
  private static final Path CARDS = Path.of("..", "docs", "methods");

  static Stream<String> every_method() {
    return Method.names().stream();
  }

  private static RunConfig config(String name) {
    return new Layers().set("adapter.method", name, "--method").resolve();
  }

  private static List<String> cells(String row) {
    return Arrays.stream(row.split("(?<!\\\\)\\|")).map(String::strip).skip(1).toList();
  }

  /** The row of a table whose first cell is {@code name} in code, alone or among others. */
  private static List<String> row(Path file, String name) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith("| ") && cells(line).get(0).contains("`" + name + "`"))
        .map(MethodCardsTest::cells)
        .findFirst()
        .orElseThrow(() -> new AssertionError(file + " has no row for " + name));
  }

  @ParameterizedTest
  @MethodSource("every_method")
  void a_card_has_every_setting_with_its_default(String name) throws IOException {
    Path card = CARDS.resolve(name + ".md");
    Method method = config(name).adapter();
    Map<?, ?> defaults = (Map<?, ?>) ConfigWriter.toMap(config(name)).get("adapter");
    for (RecordComponent setting : method.getClass().getRecordComponents()) {
      String key = Spelling.key(setting.getName());
      String shown = row(card, key).get(1);
      Object wanted = defaults.get(key);
      if (wanted instanceof Number number) {
        assertThat(Double.parseDouble(shown)).as(key).isEqualTo(number.doubleValue());
      } else if (wanted instanceof Boolean || wanted instanceof String) {
        assertThat(shown.replace("`", "")).as(key).isEqualTo(wanted.toString());
      } else if (key.equals("targets")) {
        assertThat(shown).isEqualTo(String.join(", ", method.targets()));
      } else {
        assertThat(shown).as(key).isNotEmpty();
      }
    }
    String rate =
        Files.readAllLines(card).stream()
            .filter(line -> line.startsWith("| learning rate |"))
            .findFirst()
            .orElseThrow();
    if (!name.equals("combined")) {
      assertThat(Double.parseDouble(cells(rate).get(1))).isEqualTo(method.defaultLearningRate());
    }
    assertThat(Files.readString(card)).contains(method.source());
  }

  @ParameterizedTest
  @MethodSource("every_method")
  void the_table_says_what_merges_and_converts(String name) throws IOException {
    List<String> row = row(CARDS.resolve("README.md"), name);
    Method method = config(name).adapter();
    boolean merges = method.mergeObstacle().isEmpty();
    boolean converts = method.hasLora();
    if (!name.equals("combined")) {
      assertThat(!row.get(3).equals("no")).isEqualTo(merges);
      assertThat(!row.get(4).equals("no")).isEqualTo(converts);
    }
    String card = Files.readString(CARDS.resolve(name + ".md"));
    assertThat(card.contains("Does not merge")).isEqualTo(!merges && !name.equals("combined"));
  }

  @Test
  void every_card_is_of_a_method() throws IOException {
    try (Stream<Path> files = Files.list(CARDS)) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".md", "")))
          .containsExactlyInAnyOrderElementsOf(
              Stream.concat(Stream.of("README"), every_method()).toList());
    }
  }
}
