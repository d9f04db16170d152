package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.keys;
import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tlora repeat}. */
class RepeatCommandTest {
  @TempDir private static Path folder;
  private static Path data;
  private static Path run;

  @BeforeAll
  static void train_once() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
    write("a warm film\t1\na dull film\t0\n");
    Files.writeString(data.resolve("dev.tsv"), "sentence\tlabel\nso warm\t1\nso dull\t0\n");
    run = folder.resolve("run");
    tlora(
            "train",
            "--model",
            TinyEncoder.write(folder.resolve("encoder"), 1),
            "--data",
            data,
            "--epochs",
            1,
            "--threads",
            1,
            "--no-baseline",
            "-o",
            run)
        .succeeded();
  }

  private static void write(String rows) throws IOException {
    Files.writeString(data.resolve("train.tsv"), "sentence\tlabel\n" + rows.repeat(12));
  }

  @Test
  void an_identical_run_is_exit_0_and_four_lines() {
    Path again = folder.resolve("again");
    Invocation repeat = tlora("repeat", run, "-o", again).succeeded();
    assertThat(repeat.outLines())
        .containsExactly(
            "run         " + run,
            "repeated    " + again,
            "inputs      as they were",
            "outcome     identical: 4 scores, 2 losses, 6 files of adapters");
    assertThat(repeat.errLines()).contains("everything that the run started from is as it was");
  }

  @Test
  void a_run_that_differs_is_exit_1_and_says_where() throws IOException {
    String rows = Files.readString(data.resolve("train.tsv"));
    write("a warm film\t0\na dull film\t1\n");
    try {
      Invocation repeat = tlora("repeat", run, "-o", folder.resolve("other"), "--json");
      assertThat(repeat.code()).isEqualTo(1);
      JsonNode answer = repeat.json();
      assertThat(keys(answer))
          .containsExactly(
              "run", "repeated", "identical", "inputs", "differences", "scores", "losses", "files");
      assertThat(answer.get("identical").asBoolean(true)).isFalse();
      assertThat(answer.at("/inputs/0/item").asText()).isEqualTo("data.train.sha256");
      assertThat(answer.get("differences")).isNotEmpty();
      assertThat(repeat.errLines())
          .contains("not as it was: 1")
          .anyMatch(line -> line.matches("  data\\.train\\.sha256: \\p{XDigit}{64} -> .{64}"));
    } finally {
      Files.writeString(data.resolve("train.tsv"), rows);
    }
  }

  @Test
  void mistakes_are_told_in_a_line() {
    assertThat(tlora("repeat", folder.resolve("none")).code()).isEqualTo(3);
    assertThat(tlora("repeat", run, "-o", run).code()).isEqualTo(2);
    assertThat(tlora("repeat", folder).errLines())
        .containsExactly(
            "tlora: " + folder + ": has no config.yaml: it is not the directory of a complete run");
  }
}
