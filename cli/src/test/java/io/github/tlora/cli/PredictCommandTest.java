package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.keys;
import static io.github.tlora.cli.Invocation.tlora;
import static io.github.tlora.cli.Refusal.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tlora predict} of a regression, and what the other commands say of it. */
class PredictCommandTest {
  private static final String PAIR = "the film is warm\tthe plot is dull";

  @TempDir private static Path folder;
  private static Path encoder;
  private static Path data;
  private static Path run;
  private static Invocation training;

  @BeforeAll
  static void train_once() throws IOException {
    encoder = TinyEncoder.write(folder.resolve("encoder"), 1);
    data = Files.createDirectory(folder.resolve("data"));
    String rows =
        """
        index\tsentence1\tsentence2\tscore
        0\tthe film is warm\ta warm film\t4.750
        1\tthe film is dull\tthe plot is warm\t0.6
        2\tjoy\tthe film is sad\t1
        3\ta "funny" plot\ta comedy\t3.4
        """;
    Files.writeString(data.resolve("train.tsv"), rows);
    Files.writeString(data.resolve("dev.tsv"), rows);
    run = folder.resolve("run");
    training = train("STS-B", run).succeeded();
  }

  private static Invocation train(String task, Path output) {
    return tlora(
        "train",
        "--task",
        task,
        "--model",
        encoder,
        "--data",
        data,
        "--epochs",
        2,
        "--threads",
        1,
        "-o",
        output);
  }

  @Test
  void a_value_has_four_decimals_and_its_text() {
    JsonNode answer = tlora("predict", run, "--text", PAIR, "--json").succeeded().json().get(0);
    String value = String.format(Locale.ROOT, "%.4f", answer.get("value").asDouble());
    assertThat(tlora("predict", run, "--text", PAIR).succeeded().outLines())
        .containsExactly(value + "\t" + PAIR);
  }

  @Test
  void as_json_there_is_a_value_and_neither_label_nor_probabilities() {
    JsonNode answers =
        tlora("predict", run, "--json", "--text", PAIR, "--text", "joy\tjoy").succeeded().json();
    assertThat(answers).hasSize(2);
    assertThat(answers)
        .allSatisfy(
            answer -> {
              assertThat(keys(answer)).containsExactly("text", "value");
              assertThat(answer.get("value").isNumber()).isTrue();
            });
    assertThat(answers.get(0).get("text").asText()).isEqualTo(PAIR);
    assertThat(answers.get(0).get("value")).isNotEqualTo(answers.get(1).get("value"));
  }

  @Test
  void one_text_alone_is_refused() {
    assertThat(refusal(folder, 2, "predict", run, "--text", "the film is warm"))
        .isEqualTo(
            "predict: the task takes two texts together: separate them by a tab, got"
                + " 'the film is warm'");
  }

  @Test
  void training_and_eval_show_both_correlations() {
    String scores = "pearson -?[01]\\.\\d{4}, spearman -?[01]\\.\\d{4}";
    assertThat(training.errLines())
        .contains("task        STS-B, seed 0")
        .anyMatch(line -> line.matches("epoch 2: dev " + scores + ", loss \\d+\\.\\d{4}.*"));
    assertThat(tlora("eval", run).succeeded().outLines())
        .singleElement()
        .asString()
        .matches("stsb dev: " + scores + " on 4 rows");
  }

  @Test
  void a_row_without_a_number_is_refused_before_anything_is_written() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    String rows = Files.readString(data.resolve("train.tsv")).replace("\t0.6\n", "\tlow\n");
    Path file = Files.writeString(other.resolve("train.tsv"), rows);
    assertThat(
            refusal(
                folder,
                3,
                "train",
                "--task",
                "stsb",
                "--model",
                encoder,
                "--data",
                file,
                "-o",
                folder.resolve("not")))
        .isEqualTo(file + ":3: score 'low' is not a finite number. Write it as in 3.25");
  }
}
