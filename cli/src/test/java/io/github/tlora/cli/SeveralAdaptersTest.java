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

/** {@code eval} and {@code predict} with several adapters on one encoder. */
class SeveralAdaptersTest {
  @TempDir private static Path folder;
  private static Path film;
  private static Path other;

  @BeforeAll
  static void train_twice() throws IOException {
    Path encoder = TinyEncoder.write(folder.resolve("encoder"), 1);
    Path data = Files.createDirectory(folder.resolve("data"));
    String rows =
        "sentence\tlabel\nthe film is warm\t1\nthe plot is dull\t0\na comedy\t1\nthe film is sad\t0\n";
    Files.writeString(data.resolve("train.tsv"), rows);
    Files.writeString(data.resolve("dev.tsv"), rows);
    film = train(encoder, data, "film", "tlora");
    other = train(encoder, data, "other", "dora");
  }

  private static Path train(Path encoder, Path data, String name, String method) {
    Path run = folder.resolve(name);
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
            "--learning-rate",
            "0.05",
            "--threads",
            1,
            "-o",
            run)
        .succeeded();
    return run;
  }

  @Test
  void eval_has_a_line_an_adapter_with_the_score_it_has_alone() {
    List<String> lines =
        tlora("eval", "--adapter", film, "--adapter", other).succeeded().outLines();
    assertThat(lines)
        .containsExactly(
            film + ": " + tlora("eval", film).succeeded().outLines().get(0),
            other + ": " + tlora("eval", other).succeeded().outLines().get(0));
    assertThat(tlora("eval", film, other).succeeded().outLines()).isEqualTo(lines);
  }

  @Test
  void merged_it_says_what_is_left_of_the_encoder() {
    List<String> lines = tlora("eval", film, other, "--merged").succeeded().outLines();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(2)).startsWith("the encoder's weights are what they were up to ");
    JsonNode json = tlora("eval", film, other, "--merged", "--json").succeeded().json();
    assertThat(keys(json)).containsExactly("adapters", "base_error");
    assertThat(json.get("adapters")).hasSize(2);
    assertThat(json.get("base_error").asDouble()).isBetween(0.0, 1e-6);
  }

  @Test
  void predict_takes_an_adapter_column() {
    List<String> lines =
        tlora(
                "predict",
                "--adapter",
                "film=" + film,
                "--adapter",
                "other=" + other,
                "--text",
                "other\ta warm film",
                "--text",
                "film\ta warm film")
            .succeeded()
            .outLines();
    String alone = tlora("predict", film, "--text", "a warm film").succeeded().outLines().get(0);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).startsWith("other\t").endsWith("\ta warm film");
    assertThat(lines.get(1)).isEqualTo("film\t" + alone);
  }

  @Test
  void faults_are_told_in_a_line() {
    assertThat(refusal(folder, 2, "eval")).contains("no adapter. Give RUN or --adapter RUN");
    assertThat(refusal(folder, 2, "predict", "--text", "joy"))
        .contains("give RUN, or --adapter NAME=RUN");
    assertThat(refusal(folder, 2, "predict", film, "--adapter", "a=" + film, "--text", "joy"))
        .contains("one of the two");
    assertThat(refusal(folder, 2, "predict", "--adapter", "a=" + film, "--text", "joy"))
        .contains("the adapter's name and a tab, got 'joy'");
    assertThat(refusal(folder, 2, "predict", "--adapter", "a=" + film, "--text", "b\tjoy"))
        .contains("'b' is not one of those given: a");
    String twice = "a=" + other;
    assertThat(
            refusal(
                folder, 2, "predict", "--adapter", "a=" + film, "--adapter", twice, "--text", "x"))
        .contains("a name of its own");
  }
}
