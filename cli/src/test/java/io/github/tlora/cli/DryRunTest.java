package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static io.github.tlora.cli.Refusal.contents;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code tlora train --dry-run} checks, and how it tells. */
class DryRunTest {
  @TempDir private static Path common;
  private static Path encoder;
  private static Path data;

  @TempDir private Path folder;

  @BeforeAll
  static void write() throws IOException {
    encoder = TinyEncoder.write(common.resolve("encoder"), 1);
    data = Sentences.write(common.resolve("data"), 24, 13);
  }

  private static Invocation dry(Object... more) {
    Stream<Object> all = Stream.of("train", "--dry-run", "--threads", 1);
    return tlora(Stream.concat(all, Stream.of(more)).toArray());
  }

  private static JsonNode check(JsonNode report, String name) {
    for (JsonNode check : report.get("checks")) {
      if (check.get("name").asText().equals(name)) {
        return check;
      }
    }
    throw new AssertionError("no check " + name + " in " + report);
  }

  /** The names of the checks that are {@code ok}: true, false or null. */
  private static List<String> names(JsonNode report, String ok) {
    List<String> names = new ArrayList<>();
    for (JsonNode check : report.get("checks")) {
      if (check.get("ok").asText().equals(ok)) {
        names.add(check.get("name").asText());
      }
    }
    return names;
  }

  @Test
  void every_check_is_told_by_number() throws IOException {
    var before = contents(common);
    Invocation done = dry("--model", encoder, "--data", data, "-o", common.resolve("run"));
    assertThat(done.succeeded().outLines())
        .containsSubsequence(
            " 1 ok configuration  task sst2, tlora r8, seed 0",
            " 2 ok data           " + data + ": 24 rows, 13 dev; negative 50.0 %, positive 50.0 %")
        .anyMatch(
            line -> line.matches(" 6 ok length         0 of 24 rows \\(0\\.0 %\\) are cut .*"))
        .anyMatch(line -> line.matches(" 7 ok batches        5 steps of 32; \\d+\\.\\d % .*"))
        .anyMatch(line -> line.matches(" 8 ok memory         about .* that are available"))
        .containsSubsequence(
            " 9 -- time           not measured",
            "                     Add --probe, which makes a few steps",
            "10 ok output         " + common.resolve("run") + " can be made")
        .anyMatch(line -> line.startsWith("11 ok disk           about "))
        .contains("rows        24 train, 13 dev");
    assertThat(done.err()).isEmpty();
    assertThat(contents(common)).isEqualTo(before);
  }

  @Test
  void all_that_is_wrong_is_told_and_the_first_decides() throws IOException {
    Path taken = Files.writeString(folder.resolve("taken"), "mine");
    Object[] args = {"--model", encoder, "--data", folder.resolve("nowhere"), "-o", taken};
    Invocation done = dry(args);
    assertThat(done.code()).isEqualTo(3);
    assertThat(done.errLines())
        .satisfiesExactly(
            first -> assertThat(first).startsWith("tlora: data: '").contains("is not there"),
            second -> assertThat(second).startsWith("tlora: -o: '").contains("exists already"));
    assertThat(done.outLines())
        .anyMatch(line -> line.matches(" 2 !! data           '.*nowhere' is not there"))
        .contains("                     Give a directory with train.tsv and dev.tsv, or a file")
        .anyMatch(line -> line.startsWith(" 3 ok model "))
        .anyMatch(line -> line.startsWith("10 !! output "));
    Object[] asJson = Stream.concat(Stream.of(args), Stream.of("--json")).toArray();
    JsonNode report = dry(asJson).json();
    assertThat(names(report, "false")).containsExactly("data", "output");
    assertThat(names(report, "true")).contains("configuration", "model", "tokenizer", "targets");
    assertThat(check(report, "data").get("fix").asText()).startsWith("Give a directory");
    assertThat(report.has("steps")).isFalse();
  }

  @Test
  void an_unknown_task_does_not_hide_what_else_is_wrong() {
    Invocation done = dry("--task", "sst3", "--model", "nowhere");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.errLines())
        .satisfiesExactly(
            first -> assertThat(first).startsWith("tlora: unknown task 'sst3' (did you mean"),
            second -> assertThat(second).contains("'nowhere'"));
  }

  @Test
  void targets_and_length_are_checked() {
    Invocation done =
        dry("--model", encoder, "--data", data, "--targets", "valeu", "--json", "--max-length", 9);
    assertThat(done.code()).isEqualTo(2);
    assertThat(names(done.json(), "false")).containsExactly("targets");
    Invocation longer = dry("--data", data, "--max-length", 9999, "--json");
    assertThat(longer.code()).isEqualTo(2);
    assertThat(names(longer.json(), "false")).containsExactly("length");
    assertThat(check(longer.json(), "length").get("fix").asText()).startsWith("Give --max-length");
  }

  @Test
  void a_shape_alone_is_no_fault() throws IOException {
    Path shape = Files.createDirectory(folder.resolve("shape"));
    Files.writeString(shape.resolve("config.json"), TinyEncoder.config().toString());
    for (Object model : List.of("roberta-large", shape)) {
      JsonNode report = dry("--model", model, "--data", data, "--json").succeeded().json();
      assertThat(names(report, "false")).isEmpty();
      assertThat(names(report, "null")).contains("model", "tokenizer", "length", "time");
      assertThat(names(report, "true")).contains("targets", "batches", "output", "disk");
      assertThat(report.get("samples")).isEmpty();
      assertThat(report.get("steps").asLong()).isEqualTo(5);
    }
  }

  @Test
  void damaged_weights_are_a_fault() throws IOException {
    Path damaged = TinyEncoder.write(folder.resolve("damaged"), 1);
    Files.writeString(damaged.resolve("model.safetensors"), "no weights");
    Invocation done = dry("--model", damaged, "--data", data, "--json");
    assertThat(done.code()).isEqualTo(3);
    assertThat(names(done.json(), "false")).containsExactly("model");
  }

  @Test
  void the_rows_that_are_cut_are_those_that_data_counts() {
    JsonNode told =
        tlora("data", "sst2", "--data", data, "--model", encoder, "--max-length", 6, "--json")
            .succeeded()
            .json();
    int cut = told.at("/splits/train/tokens/cut").asInt();
    assertThat(cut).isBetween(1, 23);
    JsonNode report =
        dry("--model", encoder, "--data", data, "--max-length", 6, "--json").succeeded().json();
    assertThat(check(report, "length").get("found").asText())
        .startsWith(cut + " of 24 rows (")
        .endsWith("longest " + told.at("/splits/train/tokens/most").asInt());
  }

  @Test
  void a_row_a_batch_is_no_padding() {
    JsonNode alone =
        dry("--model", encoder, "--data", data, "--batch-size", 1, "--json").succeeded().json();
    assertThat(check(alone, "batches").get("found").asText())
        .isEqualTo("120 steps of 1; 0.0 % of the tokens are padding");
    JsonNode all =
        dry("--model", encoder, "--data", data, "--batch-size", 24, "--json").succeeded().json();
    assertThat(check(all, "batches").get("found").asText()).doesNotContain(" 0.0 %");
  }

  @Test
  void three_rows_are_shown_as_the_model_gets_them() {
    JsonNode samples =
        dry("--model", encoder, "--data", data, "--max-length", 6, "--json")
            .succeeded()
            .json()
            .get("samples");
    assertThat(samples).hasSize(3);
    for (JsonNode sample : samples) {
      assertThat(sample.get("label").asText()).isIn("negative", "positive");
      assertThat(sample.get("tokens")).hasSameSizeAs(sample.get("ids")).hasSizeBetween(3, 6);
      assertThat(sample.get("tokens").get(1).asText())
          .isEqualTo(sample.get("text").asText().split(" ", 2)[0]);
      assertThat(sample.get("ids")).allMatch(JsonNode::isInt);
    }
    assertThat(dry("--model", encoder, "--data", data).succeeded().outLines())
        .filteredOn(line -> line.startsWith("tokens  ") || line.startsWith("ids  "))
        .hasSize(6);
  }

  @Test
  void a_probe_tells_the_time() {
    JsonNode report =
        dry("--model", encoder, "--data", data, "--probe", "--json").succeeded().json();
    assertThat(check(report, "time").get("found").asText()).matches("about \\d+ s");
    assertThat(check(report, "memory").get("found").asText()).doesNotStartWith("about");
    assertThat(names(report, "true")).hasSize(11);
  }

  @Test
  void nothing_is_probed_while_something_is_wrong() throws IOException {
    Path taken = Files.createDirectory(folder.resolve("taken"));
    Invocation done =
        dry("--model", encoder, "--data", data, "--targets", "x", "-o", taken, "--probe", "--json");
    assertThat(done.code()).isEqualTo(2);
    assertThat(names(done.json(), "false")).containsExactly("targets", "output");
    assertThat(check(done.json(), "time").get("ok").isNull()).isTrue();
  }

  @Test
  void a_probe_of_a_shape_tells_where_its_files_come_from() {
    Invocation done = dry("--model", "roberta-large", "--data", data, "--probe", "--json");
    assertThat(done.code()).isEqualTo(3);
    assertThat(names(done.json(), "false")).containsExactly("time");
    assertThat(done.err()).contains("tlora get FacebookAI/roberta-large");
  }

  @ParameterizedTest
  @ValueSource(strings = {"below", "deep/below"})
  void an_output_below_a_file_is_a_fault(String name) throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    Invocation done = dry("--model", encoder, "--data", data, "-o", file.resolve(name), "--json");
    assertThat(done.code()).isEqualTo(3);
    assertThat(names(done.json(), "false")).containsExactly("output");
  }
}
