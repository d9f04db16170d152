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

/** {@code tlora config}. */
class ConfigCommandTest {
  private static final Path DOCS = Path.of("..", "docs", "formats");

  @TempDir private Path folder;

  @Test
  void show_tells_each_value_and_where_it_comes_from() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.yaml"), "task: rte\ntrain:\n  epochs: 3\n");
    Invocation shown =
        tlora("config", "show", "-c", file, "--rank", 4, "--set", "seed=7").succeeded();

    assertThat(shown.err()).isEmpty();
    assertThat(shown.outLines())
        .anyMatch(line -> line.matches("task +rte +" + file + ":1"))
        .anyMatch(line -> line.matches("train\\.epochs +3 +" + file + ":3"))
        .anyMatch(line -> line.matches("adapter\\.rank +4 +--rank"))
        .anyMatch(line -> line.matches("adapter\\.targets +\\[query, value\\] +default"))
        .anyMatch(line -> line.matches("seed +7 +--set seed=7"))
        .anyMatch(line -> line.matches("threads +- +default: every core"))
        .anyMatch(line -> line.matches("train\\.learning_rate +0\\.005 +default: .*method.*"));
  }

  @Test
  void show_answers_in_json_with_every_key() {
    JsonNode all = tlora("config", "show", "--method", "lora", "--json").succeeded().json();
    JsonNode method = null;
    for (JsonNode each : all) {
      assertThat(Invocation.keys(each)).containsExactly("key", "value", "origin");
      method = each.path("key").asText().equals("adapter.method") ? each : method;
    }
    assertThat(method.path("value").asText()).isEqualTo("lora");
    assertThat(method.path("origin").asText()).isEqualTo("--method");
    assertThat(all.get(0).path("key").asText()).isEqualTo("task");
  }

  @Test
  void show_refuses_what_train_refuses() throws IOException {
    Path file = Files.writeString(folder.resolve("bad.yaml"), "train:\n  epocs: 3\n");
    assertThat(refusal(folder, 2, "config", "show", "-c", file))
        .startsWith(file + ":2: unknown key 'train.epocs' (did you mean 'epochs'?)");
    assertThat(refusal(folder, 2, "config", "show", "--rank", 0))
        .isEqualTo("--rank: adapter.rank must be at least 1, got 0");
  }

  @Test
  void schema_and_docs_print_the_kept_files() throws IOException {
    assertThat(tlora("config", "schema").succeeded().out())
        .isEqualToNormalizingNewlines(Files.readString(DOCS.resolve("config.schema.json")));
    assertThat(tlora("config", "docs").succeeded().out())
        .isEqualToNormalizingNewlines(Files.readString(DOCS.resolve("config.md")));
  }

  @Test
  void without_a_command_the_help_is_printed() {
    assertThat(tlora("config").succeeded().out())
        .isEqualTo(tlora("config", "--help").succeeded().out());
  }
}
