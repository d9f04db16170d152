package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.keys;
import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tlora doctor}. */
class DoctorCommandTest {
  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void write_a_checkpoint() throws IOException {
    model = TinyEncoder.write(folder.resolve("model"), 3);
  }

  @Test
  void without_a_model_it_shows_the_machine() {
    Invocation done = tlora("doctor").succeeded();
    assertThat(done.err()).isEmpty();
    assertThat(done.outLines()).hasSize(6);
    assertThat(done.outLines().get(0)).startsWith(" 1 ok      java      ");
    assertThat(done.outLines().get(1)).startsWith(" 2 ok      engine    PyTorch ");
    assertThat(done.outLines().get(2)).startsWith(" 3 ok      gpu       ");
  }

  @Test
  void a_whole_checkpoint_is_reported_in_numbered_lines() {
    Invocation done = tlora("doctor", "--model", model, "--task", "sst2").succeeded();
    assertThat(done.err()).isEmpty();
    assertThat(done.outLines()).hasSize(13).allMatch(line -> line.matches("[ 1]\\d ok .*"));
    assertThat(done.outLines())
        .contains(
            " 7 ok      model     " + model + ", a directory",
            "10 ok      encoder   39 of 39 tensors, named with 'bert.'");
    assertThat(done.outLines().get(12)).startsWith("13 ok      verdict   can be trained: yes; ");
  }

  @Test
  void what_is_missing_gives_the_report_one_line_on_stderr_and_exit_code_3() throws IOException {
    Files.delete(model.resolve("model.safetensors"));
    Files.delete(model.resolve("tokenizer.json"));
    Invocation done = tlora("doctor", "--model", model);
    assertThat(done.code()).isEqualTo(3);
    assertThat(done.errLines())
        .containsExactly(
            "tlora: doctor: missing or damaged: weights, tokenizer. The report on stdout says what"
                + " to do");
    assertThat(done.outLines())
        .contains("                     Fetch the model's weights too")
        .anyMatch(line -> line.startsWith("11 missing verdict   can be trained: no"));
  }

  @Test
  void as_json_it_is_one_object_whatever_the_exit_code() throws IOException {
    JsonNode whole = tlora("doctor", "--model", model, "--json").succeeded().json();
    assertThat(keys(whole)).containsExactly("model", "usable", "checks", "weights", "parameters");
    assertThat(whole.get("usable").asBoolean()).isTrue();
    assertThat(whole.get("checks"))
        .allSatisfy(
            check -> assertThat(keys(check)).containsExactly("id", "status", "found", "fix"))
        .allSatisfy(check -> assertThat(check.get("status").asText()).isEqualTo("ok"));
    assertThat(keys(whole.get("weights")))
        .containsExactly(
            "location", "unread", "tensors", "bytes", "dtypes", "encoder", "head", "ignored");
    assertThat(whole.at("/weights/head/missing")).hasSize(2);

    Files.writeString(model.resolve("config.json"), "{");
    Invocation broken = tlora("doctor", "--model", model, "--json");
    assertThat(broken.code()).isEqualTo(3);
    assertThat(broken.json().get("usable").asBoolean()).isFalse();
    assertThat(broken.json().at("/checks/7/status").asText()).isEqualTo("missing");
    assertThat(broken.json().get("parameters").isNull()).isTrue();
    assertThat(broken.errLines()).hasSize(1);
  }

  @Test
  void a_task_without_a_model_and_an_unknown_task_are_wrong_usage() {
    assertThat(tlora("doctor", "--task", "sst2").code()).isEqualTo(2);
    Invocation unknown = tlora("doctor", "--model", model, "--task", "sst3");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.out()).isEmpty();
    assertThat(unknown.err()).startsWith("tlora: unknown task 'sst3'");
  }

  @Test
  void a_terminal_with_signs_gets_signs() {
    String encoding = System.getProperty("native.encoding");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    try {
      System.setProperty("native.encoding", "UTF-8");
      Main.run(stream, stream, Terminal.PLAIN, "doctor");
      System.setProperty("native.encoding", "ANSI_X3.4-1968");
      Main.run(stream, stream, Terminal.PLAIN, "doctor");
    } finally {
      System.setProperty("native.encoding", encoding);
    }
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .anyMatch(line -> line.startsWith(" 1 ✓ java      "))
        .anyMatch(line -> line.startsWith(" 1 ok      java      "));
  }
}
