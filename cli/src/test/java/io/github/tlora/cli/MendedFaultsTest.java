package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static io.github.tlora.cli.Refusal.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults that the tool once had, so that they do not come back. */
class MendedFaultsTest {
  @TempDir private Path folder;
  private Path model;
  private Path data;
  private Path run;

  @BeforeEach
  void train() throws IOException {
    model = TinyEncoder.write(folder.resolve("model"), 1);
    data = Sentences.write(folder.resolve("data"), 8, 5);
    run = folder.resolve("run");
    tlora("train", "--model", model, "--data", data, "--epochs", 1, "--threads", 1, "-o", run)
        .succeeded();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Very bad film", "-helpful", "@home"})
  void any_text_can_be_predicted(String text) {
    assertThat(tlora("predict", run, "--text", text).succeeded().out()).contains(text);
  }

  @Test
  void a_text_is_never_read_from_a_file() throws IOException {
    Path file = Files.writeString(folder.resolve("home"), "a b");
    assertThat(tlora("predict", run, "--text", "@" + file).succeeded().out()).contains("@" + file);
  }

  @Test
  void a_command_tells_the_version() {
    assertThat(tlora("train", "--version").out()).isEqualTo(tlora("--version").out());
  }

  @Test
  void every_figure_of_the_metrics_is_a_number() throws IOException {
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      JsonNode norm = Invocation.parse(line).path("grad_norm");
      assertThat(norm.isTextual()).as(line).isFalse();
    }
  }

  @Test
  void an_output_right_below_a_file_is_a_file_fault() throws IOException {
    Path below = Files.writeString(folder.resolve("file"), "mine").resolve("run");
    refusal(folder, 3, "train", "--model", model, "--data", data, "-o", below);
  }

  @Test
  void a_bad_checkpoint_is_told_in_one_line() throws IOException {
    Files.delete(model.resolve("model.safetensors"));
    refusal(folder, 3, "train", "--model", model, "--data", data, "-o", folder.resolve("none"));
  }

  @Test
  void a_tokenizer_that_does_not_fit_is_a_file_fault() throws IOException {
    Path file = model.resolve("tokenizer.json");
    Files.writeString(
        file, Files.readString(file).replaceFirst("\"film\" : \\d+", "\"film\" : 99"));
    refusal(folder, 3, "train", "--model", model, "--data", data, "-o", folder.resolve("none"));
  }

  @Test
  void an_unknown_head_is_told_without_java_names() throws IOException {
    Path file = run.resolve("adapter").resolve("adapter_config.json");
    ObjectNode json = (ObjectNode) new JsonMapper().readTree(file.toFile());
    ((ObjectNode) json.get("head")).put("kind", "cube");
    Files.writeString(file, json.toString());
    assertThat(refusal(folder, 3, "eval", run)).doesNotContain("io.github", "enum");
  }

  @Test
  void an_adapter_for_an_unknown_task_is_a_file_fault() throws IOException {
    Path file = run.resolve("adapter").resolve("adapter_config.json");
    ObjectNode json = (ObjectNode) new JsonMapper().readTree(file.toFile());
    Files.writeString(file, json.put("task", "nope").toString());
    refusal(folder, 3, "eval", run);
  }

  @Test
  void a_mistyped_required_option_is_told() {
    assertThat(refusal(folder, 2, "merge", run, "--outptu", "x")).contains("--outptu");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "train", "eval", "predict", "merge", "convert", "params", "export"})
  void no_example_is_broken_in_two(String command) {
    List<String> lines =
        tlora(command.isEmpty() ? new Object[] {"--help"} : new Object[] {command, "--help"})
            .outLines()
            .stream()
            .dropWhile(line -> !line.startsWith("Example"))
            .skip(1)
            .takeWhile(line -> !line.isBlank())
            .toList();
    assertThat(lines)
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).matches("  (\\S+ [^|]*\\| )?tlora .*"));
  }
}
