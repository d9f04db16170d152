package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.keys;
import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tlora eval}: more than a score, and what is said of scores that mean little. */
class EvalCommandTest {
  @TempDir private static Path folder;
  private static Path encoder;
  private static Path run;

  @BeforeAll
  static void train_once() throws IOException {
    encoder = TinyEncoder.write(folder.resolve("encoder"), 1);
    run = folder.resolve("run");
    write("cola", "a\t1\t\tthe film is warm\na\t0\t\tthe film is dull\na\t1\t\tjoy\n");
    train("cola", "cola", run);
  }

  private static void write(String name, String rows) throws IOException {
    Path data = Files.createDirectory(folder.resolve(name));
    Files.writeString(data.resolve("train.tsv"), rows);
    Files.writeString(data.resolve("dev.tsv"), rows);
  }

  private static Invocation train(String task, String data, Path output) {
    return tlora(
            "train",
            "--task",
            task,
            "--model",
            encoder,
            "--data",
            folder.resolve(data),
            "--epochs",
            1,
            "--threads",
            1,
            "-o",
            output)
        .succeeded();
  }

  @Test
  void details_are_a_table_of_classes_and_the_confusion_matrix() {
    List<String> lines = tlora("eval", run, "--details").succeeded().outLines();
    assertThat(lines).hasSize(9);
    assertThat(lines.get(0)).startsWith("cola dev: accuracy 0.");
    assertThat(lines.get(1)).matches("class +precision +recall +f1 +rows +predicted");
    assertThat(lines.get(2)).matches("unacceptable( +[01]\\.\\d{4}){3} +1 +\\d");
    assertThat(lines.get(3)).matches("acceptable( +[01]\\.\\d{4}){3} +2 +\\d");
    assertThat(lines.get(4)).matches("\\(mean\\)( +[01]\\.\\d{4}){3}");
    assertThat(lines.get(6)).matches("true, predicted as +unacceptable +acceptable");
    assertThat(lines.get(7)).matches("unacceptable +[01] +[01]");
    assertThat(lines.get(8)).matches("acceptable +[012] +[012]");
  }

  @Test
  void details_in_json_are_those_in_the_run_directory() throws IOException {
    JsonNode answer = tlora("eval", run, "--details", "--json").succeeded().json();
    assertThat(answer.get("details")).isEqualTo(Invocation.json(run.resolve("details.json")));
    assertThat(keys(answer.at("/details/dev")))
        .containsExactly("labels", "confusion", "classes", "macro", "balanced_accuracy");
    assertThat(keys(tlora("eval", run, "--json").succeeded().json())).doesNotContain("details");
  }

  @Test
  void the_run_directory_has_the_dev_rows_predictions() throws IOException {
    List<String> lines = Files.readAllLines(run.resolve("predictions/dev.tsv"));
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).isEqualTo("index\tlabel\tprediction\tunacceptable\tacceptable");
    JsonNode confusion = Invocation.json(run.resolve("details.json")).at("/dev/confusion");
    int right = 0;
    for (String line : lines.subList(1, 4)) {
      String[] fields = line.split("\t", -1);
      boolean acceptable = Double.parseDouble(fields[4]) > Double.parseDouble(fields[3]);
      assertThat(fields[2]).isEqualTo(acceptable ? "acceptable" : "unacceptable");
      assertThat(Double.parseDouble(fields[3]) + Double.parseDouble(fields[4]))
          .isBetween(0.999999, 1.000001);
      right += fields[1].equals(fields[2]) ? 1 : 0;
    }
    assertThat(right).isEqualTo(confusion.get(0).get(0).asInt() + confusion.get(1).get(1).asInt());
  }

  @Test
  void a_score_that_is_not_defined_is_0_with_a_warning() throws IOException {
    write("one-class", "a\t1\t\tthe film is warm\na\t1\t\tthe film is dull\n");
    Invocation eval = tlora("eval", run, "--data", folder.resolve("one-class"), "--json");
    JsonNode answer = eval.succeeded().json();
    assertThat(answer.at("/metrics/matthews").asDouble(-1)).isZero();
    assertThat(answer.get("warnings")).hasSize(1);
    String warning = answer.get("warnings").get(0).asText();
    assertThat(warning)
        .matches("matthews is not defined, 0 stands for it: every row is .*acceptable'");
    assertThat(eval.errLines()).contains("tlora: warning: " + warning);
  }

  @Test
  void training_warns_of_it_too() throws IOException {
    write("numbers", "index\tsentence1\tsentence2\tscore\n0\tthe film\ta film\t4.75\n");
    Path output = folder.resolve("numbers-run");
    Invocation training = train("stsb", "numbers", output);
    String warning = "pearson is not defined, 0 stands for it: there is one row";
    assertThat(training.errLines()).contains("tlora: warning: " + warning);
    JsonNode result = Invocation.json(output.resolve("result.json"));
    assertThat(result.at("/best/metrics/pearson").asDouble(-1)).isZero();
    assertThat(result.at("/best/warnings/0").asText()).isEqualTo(warning);
    assertThat(Files.readString(output.resolve("metrics.jsonl"))).contains(warning);
    assertThat(Files.readString(output.resolve("predictions/dev.tsv")))
        .startsWith("index\tlabel\tprediction\n0\t4.75\t");
    assertThat(tlora("eval", output, "--details").succeeded().outLines().get(1))
        .matches("rmse [\\d.]+, mae [\\d.]+, predicted numbers from \\S+ to \\S+");
  }
}
