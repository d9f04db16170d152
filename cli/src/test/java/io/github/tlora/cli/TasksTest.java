package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static io.github.tlora.cli.Refusal.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks with more than one dev split, GLUE's submission files, and a task of one's own. */
class TasksTest {
  @TempDir private static Path common;
  private static Path encoder;
  private static Path run;
  private static Invocation training;

  @TempDir private Path folder;

  @BeforeAll
  static void train_mnli_once() throws IOException {
    encoder = TinyEncoder.write(common.resolve("encoder"), 1);
    Path data = Files.createDirectories(common.resolve("glue/MNLI"));
    for (String split : List.of("train", "dev_matched", "dev_mismatched")) {
      Files.writeString(data.resolve(split + ".tsv"), mnli(12, true));
    }
    for (String split : List.of("test_matched", "test_mismatched")) {
      Files.writeString(data.resolve(split + ".tsv"), mnli(5, false));
    }
    run = common.resolve("run");
    training = train("mnli", run, "--data", common.resolve("glue")).succeeded();
  }

  private static String mnli(int count, boolean labelled) {
    List<String> labels = List.of("neutral", "entailment", "contradiction");
    StringBuilder rows = new StringBuilder("index\tsentence1\tsentence2");
    rows.append(labelled ? "\tgold_label\n" : "\n");
    for (int i = 0; i < count; i++) {
      rows.append(i)
          .append("\tthe film was a joy\tthe plot is ")
          .append(i % 2 == 0 ? "dull" : "warm");
      rows.append(labelled ? "\t" + labels.get(i % 3) + "\n" : "\n");
    }
    return rows.toString();
  }

  private static Invocation train(Object task, Path output, Object... more) {
    Stream<Object> all =
        Stream.of(
            "train",
            "--task",
            task,
            "--model",
            encoder,
            "--epochs",
            1,
            "--threads",
            1,
            "-o",
            output);
    return tlora(Stream.concat(all, Stream.of(more)).toArray());
  }

  @Test
  void both_accuracies_of_mnli_are_printed_with_their_average() {
    String scores = "accuracy 0\\.\\d{4}, accuracy_mm 0\\.\\d{4}, average 0\\.\\d{4}";
    assertThat(training.err()).containsPattern("epoch 1: dev " + scores + ", loss");
    assertThat(training.out()).containsPattern("best +" + scores + " after epoch 1");
    assertThat(tlora("eval", run).succeeded().out())
        .containsPattern("mnli dev: " + scores + " on 24 rows");
    assertThat(tlora("eval", run, "--split", "dev_mismatched").succeeded().out())
        .containsPattern("mnli dev_mismatched: accuracy_mm 0\\.\\d{4} on 12 rows");
  }

  @Test
  void predictions_are_written_as_the_benchmark_takes_them() {
    Path output = folder.resolve("submission");
    Invocation written =
        tlora("predict", run, "--split", "test", "--glue-format", "-o", output, "--json");
    JsonNode json = written.succeeded().json();
    assertThat(json.at("/files/0/file").asText()).isEqualTo("MNLI-m.tsv");
    assertThat(json.at("/files/1/rows").asInt()).isEqualTo(5);
    assertThat(written.err()).contains("MNLI-mm.tsv: 5 of 5 rows, 0 s left");
    assertThat(output.resolve("MNLI-m.tsv")).content().startsWith("index\tprediction\n0\t");
    assertThat(refusal(folder, 2, "predict", run, "--split", "test", "--glue-format", "-o", output))
        .isEqualTo(
            "-o: '"
                + output.resolve("MNLI-m.tsv")
                + "' exists already. Name another directory, or remove it first");
  }

  @Test
  void the_rows_of_a_split_are_predicted_as_lines_are() {
    List<String> lines = tlora("predict", run, "--split", "test_matched").succeeded().outLines();
    assertThat(lines).hasSize(5);
    List<Object> words = new ArrayList<>(List.of("predict", run));
    for (String line : lines) {
      String[] cells = line.split("\t", -1);
      words.addAll(List.of("--text", cells[2] + "\t" + cells[3]));
    }
    assertThat(tlora(words.toArray()).succeeded().outLines()).isEqualTo(lines);
    assertThat(refusal(folder, 2, "predict", run, "--split", "dev_matched", "--text", "a\tb"))
        .contains("--split takes RUN, and no --adapter, --text or --input");
    assertThat(refusal(folder, 2, "predict", run, "--data", folder, "--text", "a\tb"))
        .contains("Give --split too");
  }

  @Test
  void a_submission_that_is_asked_for_by_halves_is_refused() {
    for (List<Object> words :
        List.<List<Object>>of(
            List.of("--split", "test", "-o", "x"),
            List.of("--glue-format", "-o", "x"),
            List.of("--split", "dev", "--glue-format", "-o", "x"))) {
      List<Object> all = new ArrayList<>(List.of("predict", run));
      all.addAll(words);
      assertThat(refusal(folder, 2, all.toArray()))
          .isEqualTo("predict: for GLUE's benchmark give RUN --split test --glue-format -o DIR");
    }
  }

  @Test
  void short_rows_that_were_left_out_are_told() throws IOException {
    String header = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n";
    String rows = "1\t1\t2\ta film\ta plot\t0\n2\t3\t4\tthe film\tthe film\t1\n";
    Files.writeString(folder.resolve("train.tsv"), header + rows + "3\t5\t6\tcut\n");
    Files.writeString(folder.resolve("dev.tsv"), header + rows);
    Invocation trained = train("qqp", folder.resolve("run"), "--data", folder, "--json");
    assertThat(trained.succeeded().json().at("/data/skipped_rows").asInt()).isEqualTo(1);
    assertThat(trained.err()).contains("2 train, 2 dev, 1 short ones left out");
  }

  @Test
  void a_task_of_one_s_own_is_trained_from_a_file_and_used_without_it() throws IOException {
    List<String> rows = new ArrayList<>(List.of("stars,review"));
    for (int i = 0; i < 20; i++) {
      rows.add(i % 2 == 0 ? "5,\"a joy, and warm\"" : "1,\"dull, a mess\"");
    }
    Files.write(folder.resolve("reviews.csv"), rows);
    Path task =
        Files.writeString(
            folder.resolve("reviews.yaml"),
            """
            columns: {text: review, label: stars}
            labels: [negative, positive]
            values: ["1", "5"]
            files: {train: reviews.csv}
            """);
    Path own = folder.resolve("run");
    Invocation trained = train(task, own).succeeded();
    assertThat(trained.err()).contains("18 train, 2 dev (drawn from them, dev_fraction 0.1)");
    Files.move(task, folder.resolve("elsewhere.yaml"));
    assertThat(tlora("eval", own).succeeded().out()).startsWith("reviews dev: accuracy ");
    assertThat(tlora("predict", own.resolve("adapter"), "--text", "a joy").succeeded().out())
        .containsPattern("^(negative|positive)\tnegative 0\\.");
    assertThat(refusal(folder, 2, "train", "--task", task)).isEqualTo(task + ": no such file");
    Files.writeString(task, "columns: {text: review, label: starz}\nlabels: [a, b]\n");
    assertThat(refusal(folder, 3, "train", "--task", task, "--data", folder.resolve("reviews.csv")))
        .isEqualTo(
            folder.resolve("reviews.csv")
                + ":1: has no column 'starz'. Its columns: stars, review");
  }
}
