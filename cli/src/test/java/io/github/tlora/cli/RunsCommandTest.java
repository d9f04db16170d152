package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.keys;
import static io.github.tlora.cli.Invocation.tlora;
import static io.github.tlora.cli.Refusal.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tlora runs}: list, compare, clean. */
class RunsCommandTest {
  @TempDir private static Path folder;
  private static Path runs;
  private static Path first;
  private static Path second;

  @BeforeAll
  static void train_twice() throws IOException {
    Path encoder = TinyEncoder.write(folder.resolve("encoder"), 1);
    Path data = Sentences.write(folder.resolve("data"), 20, 20);
    runs = folder.resolve("runs");
    first = train(encoder, data, "first", "tlora");
    second = train(encoder, data, "second", "bitfit");
  }

  private static Path train(Path encoder, Path data, String name, String method) {
    Path run = runs.resolve(name);
    tlora(
            "train",
            "--model",
            encoder,
            "--data",
            data,
            "--method",
            method,
            "--epochs",
            2,
            "--threads",
            1,
            "--no-baseline",
            "-o",
            run)
        .succeeded();
    return run;
  }

  @Test
  void a_narrow_terminal_gets_the_first_columns() {
    int width = second.toString().length() + 50;
    Invocation listed =
        Invocation.on(new Terminal(true, true, false, width), "runs", "list", runs).succeeded();
    assertThat(listed.outLines())
        .hasSize(4)
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(Math.max(width, 75)))
        .last()
        .asString()
        .matches("\\(too narrow for .*, time, model; --json has all\\)");
    assertThat(listed.outLines().get(0)).matches("run +task +method +best( +epochs/steps)?");
  }

  @Test
  void a_run_is_a_line_with_its_best_score() throws IOException {
    Invocation listed = tlora("runs", "list", runs).succeeded();
    assertThat(listed.err()).isEmpty();
    List<String> lines = listed.outLines();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0))
        .matches("run +task +method +best +epochs/steps +status +started +time +model");
    JsonNode result = Invocation.json(first.resolve("result.json"));
    assertThat(lines)
        .anyMatch(
            line ->
                line.startsWith(first.toString())
                    && line.contains(
                        "  sst2  tlora r8  accuracy %.4f"
                            .formatted(result.at("/best/metrics/accuracy").asDouble()))
                    && line.contains("  complete  ")
                    && line.matches(".*  2/\\d+ .*")
                    && line.endsWith("/encoder"));
    assertThat(tlora("runs", runs).succeeded().out()).isEqualTo(listed.out());
  }

  @Test
  void as_json_it_is_an_array_of_runs() {
    JsonNode json = tlora("runs", runs, "--json", "--sort", "name").succeeded().json();
    assertThat(json).hasSize(2);
    assertThat(keys(json.get(0)))
        .containsExactly(
            "run",
            "status",
            "started",
            "seconds",
            "task",
            "data",
            "sample",
            "model",
            "method",
            "size",
            "seed",
            "parameters",
            "best",
            "score",
            "epochs",
            "steps");
    assertThat(json.get(0).get("run").asText()).isEqualTo(first.toString());
    assertThat(tlora("runs", runs, "--method", "bitfit", "--json").succeeded().json()).hasSize(1);
  }

  @Test
  void filters_that_take_nothing_leave_no_runs() {
    assertThat(tlora("runs", runs, "--status", "failed").succeeded().out().strip())
        .isEqualTo("no runs");
    assertThat(refusal(folder, 2, "runs", runs, "--status", "gone"))
        .startsWith("--status: 'gone' is unknown. Known: complete, running");
    assertThat(refusal(folder, 2, "runs", runs, "--sort", "luck")).contains("--sort");
    assertThat(refusal(folder, 3, "runs", folder.resolve("nowhere"))).contains("no such directory");
  }

  @Test
  void what_is_no_run_is_a_warning() throws IOException {
    Path other = Files.createDirectories(folder.resolve("other/notes")).getParent();
    Invocation listed = tlora("runs", runs, other).succeeded();
    assertThat(listed.outLines()).hasSize(3);
    assertThat(listed.errLines())
        .containsExactly(
            "tlora: warning: "
                + other.resolve("notes")
                + ": is not the directory of a run, and has none in it");
  }

  @Test
  void compared_runs_show_what_differs() {
    List<String> lines = tlora("runs", "compare", first, second).succeeded().outLines();
    assertThat(lines.get(0)).contains(first.toString(), second.toString());
    assertThat(lines)
        .anyMatch(line -> line.matches("adapter.method +tlora +bitfit"))
        .anyMatch(line -> line.matches("adapter.rank +8 +-"))
        .anyMatch(line -> line.matches("best.accuracy +[01](\\.\\d{4})? +[01].*"))
        .anyMatch(line -> line.matches("parameters.adapter +260 +\\d+ \\(\\+\\d+\\)"))
        .noneMatch(line -> line.startsWith("train.epochs"));
    JsonNode json = tlora("runs", "compare", first, second, "--json").succeeded().json();
    assertThat(keys(json)).containsExactly("runs", "same_rows", "settings", "outcomes");
    assertThat(refusal(folder, 2, "runs", "compare", first)).contains("two run directories");
    assertThat(refusal(folder, 3, "runs", "compare", first, folder))
        .contains("has no manifest.json");
  }

  @Test
  void cleaning_lists_first_and_removes_with_yes() throws IOException {
    Path old = folder.resolve("old");
    Files.createDirectories(old);
    Path failed = old.resolve("failed");
    Files.createDirectories(failed);
    for (String file : List.of("config.yaml", "provenance.json")) {
      Files.copy(first.resolve(file), failed.resolve(file));
    }
    Files.writeString(
        failed.resolve("manifest.json"),
        Files.readString(first.resolve("manifest.json")).replace("\"complete\"", "\"failed\""));
    Invocation listed = tlora("runs", "clean", old).succeeded();
    assertThat(listed.outLines().get(0)).startsWith(failed + "  failed  ").endsWith("kB");
    assertThat(listed.outLines().get(1)).startsWith("would free ");
    assertThat(listed.errLines()).containsExactly("nothing is removed yet: add --yes");
    assertThat(failed).exists();
    JsonNode done = tlora("runs", "clean", old, "--yes", "--json").succeeded().json();
    assertThat(done.get("removed").asBoolean()).isTrue();
    assertThat(done.get("bytes").asLong()).isGreaterThan(1000);
    assertThat(failed).doesNotExist();
    assertThat(tlora("runs", "clean", old).succeeded().out().strip())
        .isEqualTo("nothing to remove");
  }
}
