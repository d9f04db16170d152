package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static io.github.tlora.cli.Refusal.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code tlora convert}, and {@code --force} of the commands that load an adapter. */
class ConvertCommandTest {
  @TempDir private Path folder;
  private Path data;
  private Path run;
  private Path output;

  @BeforeEach
  void write_data() throws IOException {
    data = Sentences.write(folder.resolve("data"), 8, 5);
    run = folder.resolve("run");
    output = folder.resolve("output");
  }

  private void train(String method) throws IOException {
    Path model = TinyEncoder.write(folder.resolve("model"), 1);
    tlora(
            "train",
            "--model",
            model,
            "--data",
            data,
            "--method",
            method,
            "--epochs",
            1,
            "--threads",
            1,
            "-o",
            run)
        .succeeded();
  }

  @Test
  void the_answer_is_one_document_or_one_line() throws IOException {
    train("tlora");
    Invocation said =
        tlora("convert", run, "--to", "peft-lora", "-o", output, "--json").succeeded();
    JsonNode json = said.json();
    assertThat(Invocation.keys(json))
        .containsExactly(
            "from",
            "output",
            "method",
            "rank",
            "matrices",
            "task",
            "labels",
            "largest_difference",
            "notes");
    assertThat(json.get("largest_difference").asDouble()).isBetween(0.0, 1e-6);
    assertThat(said.err()).isEmpty();
    Path again = folder.resolve("again");
    assertThat(tlora("convert", output, "--to", "peft-lora", "-o", again).succeeded().out())
        .startsWith(again + ": lora of rank 8 on 4 matrices; max |dW| before and after: ");
  }

  @Test
  void an_adapter_of_pefts_comes_in_and_its_notes_go_to_stderr() throws IOException {
    train("lora");
    Path file = run.resolve("adapter/adapter_config.json");
    ObjectNode config = (ObjectNode) Invocation.json(file);
    config.remove("tlora");
    config.put("of_the_future", true);
    Files.writeString(file, config.toString());
    assertThat(refusal(folder, 3, "predict", run, "--text", "a film"))
        .contains("tlora convert --from");
    Invocation said =
        tlora("convert", "--from", run.resolve("adapter"), "--task", "sst2", "-o", output, "--json")
            .succeeded();
    assertThat(said.json().has("largest_difference")).isFalse();
    assertThat(said.errLines()).hasSize(1).first().asString().contains("'of_the_future'");
    assertThat(tlora("predict", output, "--text", "a film").succeeded().out()).contains("a film");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "; give RUN and --to peft-lora, or --from",
        "RUN; give RUN and --to peft-lora, or --from",
        "RUN --to gguf; --to must be peft-lora, got 'gguf'",
        "RUN --to peft-lora --task sst2; --task and --max-length go with --from",
        "--from RUN; Give --task TASK",
        "--from RUN --task sst2 --to peft-lora; --from stands alone",
        "--from RUN --task sts3; unknown task 'sts3'"
      })
  void half_a_direction_or_both_are_refused(String words, String told) {
    Object[] more = words == null ? new Object[0] : words.split(" ");
    Object[] all = new Object[more.length + 3];
    all[0] = "convert";
    System.arraycopy(more, 0, all, 1, more.length);
    all[more.length + 1] = "-o";
    all[more.length + 2] = output;
    assertThat(refusal(folder, 2, all)).contains(told);
  }

  @Test
  void a_directory_that_exists_is_refused() {
    assertThat(refusal(folder, 2, "convert", "nowhere", "--to", "peft-lora", "-o", data))
        .contains("exists already");
  }

  @ParameterizedTest
  @ValueSource(strings = {"eval", "predict", "merge", "convert"})
  void another_encoder_can_be_forced_with_a_warning(String command) throws IOException {
    train("tlora");
    Path other = TinyEncoder.write(folder.resolve("other"), 2);
    Object[] args =
        switch (command) {
          case "eval" -> new Object[] {"eval", run, "--model", other};
          case "predict" -> new Object[] {"predict", run, "--text", "a film", "--model", other};
          case "merge" -> new Object[] {"merge", run, "-o", output, "--model", other};
          default ->
              new Object[] {"convert", run, "--to", "peft-lora", "-o", output, "--model", other};
        };
    assertThat(refusal(folder, 3, args)).contains("belongs to another model", "--force");
    Object[] forced = java.util.Arrays.copyOf(args, args.length + 1);
    forced[args.length] = "--force";
    assertThat(tlora(forced).succeeded().errLines())
        .filteredOn(line -> line.startsWith("tlora: warning: " + run)) // others are of its scores
        .hasSize(1)
        .first()
        .asString()
        .contains("belongs to another model", "loaded all the same");
  }
}
