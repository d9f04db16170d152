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

/** {@code tlora baseline}, and the line that {@code tlora train} has of it. */
class BaselineCommandTest {
  @TempDir private static Path folder;
  private static Path data;

  @BeforeAll
  static void write_data() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
    Files.writeString(
        data.resolve("train.tsv"),
        "sentence\tlabel\n" + "a warm film\t1\na dull film\t0\n".repeat(12));
    Files.writeString(data.resolve("dev.tsv"), "sentence\tlabel\nso warm\t1\nso dull\t0\n");
  }

  @Test
  void it_answers_in_a_line() {
    Invocation baseline = tlora("baseline", "SST-2", "--data", data).succeeded();
    assertThat(baseline.out().strip())
        .isEqualTo(
            "sst2 dev: accuracy 1.0000 on 2 rows, learnt from 24:"
                + " bag of 1-2-grams, TF-IDF, linear model");
    assertThat(baseline.err()).isEmpty();
  }

  @Test
  void it_answers_in_json() {
    JsonNode answer =
        tlora("baseline", "sst2", "--data", data, "--max-examples", 6, "--json").succeeded().json();
    assertThat(keys(answer))
        .containsExactly(
            "task",
            "method",
            "data",
            "sample",
            "train_rows",
            "dev_rows",
            "metrics",
            "warnings",
            "seconds",
            "cached");
    assertThat(answer.get("train_rows").asInt()).isEqualTo(6);
  }

  @Test
  void mistakes_are_told() {
    assertThat(tlora("baseline", "sst3").code()).isEqualTo(2);
    assertThat(tlora("baseline", "sst2", "--data", data, "--max-examples", 0).err())
        .isEqualTo("tlora: --max-examples must be at least 1, got 0" + System.lineSeparator());
    assertThat(tlora("baseline", "mrpc", "--data", folder.resolve("nowhere")).code()).isEqualTo(3);
  }

  private static Invocation train(String name, Object... more) {
    Object[] args = {
      "train", "--model", folder.resolve("encoder"), "--data", data, "--epochs", 1, "-o"
    };
    return tlora(
            java.util.stream.Stream.of(args, new Object[] {folder.resolve(name)}, more)
                .flatMap(java.util.Arrays::stream)
                .toArray())
        .succeeded();
  }

  @Test
  void training_says_how_far_it_is_above_and_can_leave_it_out() throws IOException {
    TinyEncoder.write(folder.resolve("encoder"), 1);
    assertThat(train("run").outLines())
        .anyMatch(
            line ->
                line.matches(
                    "baseline    accuracy 1\\.0000 by a bag of words;"
                        + " best is above by accuracy -?[01]\\.\\d{4}"));
    assertThat(train("without", "--no-baseline").outLines())
        .noneMatch(line -> line.startsWith("baseline"));
  }
}
