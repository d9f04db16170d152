package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.on;
import static io.github.tlora.cli.Invocation.parse;
import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How much is said on stderr, in which form, in which colours. */
class GlobalOptionsTest {
  private static final Terminal COLOURED = new Terminal(true, true, true, 80);
  private static final String ESCAPE = "\033[";

  @TempDir private Path folder;

  private Invocation training(Object... more) throws IOException {
    Object[] args = {
      "train",
      "--model",
      TinyEncoder.write(folder.resolve("encoder"), 1),
      "--data",
      Sentences.write(folder.resolve("data"), 24, 13),
      "--epochs",
      1,
      "--threads",
      1,
      "-o",
      folder.resolve("run"),
    };
    Object[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return tlora(all);
  }

  @ParameterizedTest
  @MethodSource("io.github.tlora.cli.HelpTest#commands")
  void every_command_has_them(String command) {
    assertThat(tlora((Object[]) (command + " --help").split(" ", -1)).out())
        .contains("-q, --quiet", "-v, --verbose", "--color=", "--log-format=", "--stacktrace");
  }

  // ---- How much
  // ----------------------------------------------------------------------------------

  @Test
  void a_quiet_training_says_nothing_but_warnings_and_answers() throws IOException {
    Invocation quiet = training("--quiet").succeeded();
    assertThat(quiet.errLines()).allMatch(line -> line.startsWith("tlora: warning: "));
    assertThat(quiet.out()).contains("best ");
  }

  @Test
  void quiet_errors_are_told() {
    Invocation done = tlora("train", "--rank", "0", "-q");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.errLines())
        .containsExactly("tlora: --rank: adapter.rank must be at least 1, got 0");
  }

  @ParameterizedTest
  @CsvSource({"-v methods", "methods --verbose"})
  void verbose_says_versions_places_and_time_on_stderr(String line) {
    Invocation done = tlora((Object[]) line.split(" ", -1)).succeeded();
    assertThat(done.out()).isEqualTo(tlora("methods").out());
    assertThat(done.err())
        .containsSubsequence("tlora: version ", "tlora: Java ", "tlora: models and data in ")
        .contains("tlora: command line: " + line)
        .containsPattern("tlora: took \\d+\\.\\d\\d s");
  }

  @Test
  void a_command_says_no_more_than_it_must() {
    assertThat(tlora("methods").succeeded().err()).isEmpty();
  }

  @Test
  void quiet_and_verbose_exclude_each_other() {
    Invocation done = tlora("methods", "-qv");
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.out()).isEmpty();
    assertThat(done.errLines())
        .containsExactly(
            "tlora: --quiet and --verbose: give one of the two. See: tlora methods --help");
  }

  @Test
  void a_trace_is_shown_where_it_is_asked_for() {
    assertThat(tlora("train", "--rank", "0").errLines()).hasSize(1);
    Invocation traced = tlora("train", "--rank", "0", "--stacktrace");
    assertThat(traced.code()).isEqualTo(2);
    assertThat(traced.errLines()).first().asString().startsWith("tlora: --rank: ");
    assertThat(traced.err()).contains("\tat io.github.tlora.config.");
    assertThat(tlora("trian", "--stacktrace").err()).contains("\tat picocli.");
  }

  // ---- In which form
  // -----------------------------------------------------------------------------

  @Test
  void as_json_every_line_is_an_object() throws IOException {
    Invocation done = training("--log-format", "json", "-v").succeeded();
    assertThat(done.errLines())
        .hasSizeGreaterThan(5)
        .allSatisfy(
            line -> {
              JsonNode said = parse(line);
              assertThat(Invocation.keys(said)).containsExactly("time", "level", "message");
              assertThat(Instant.parse(said.get("time").asText())).isBeforeOrEqualTo(Instant.now());
              assertThat(said.get("level").asText()).isIn("debug", "info", "warning");
              assertThat(said.get("message").asText()).doesNotStartWith("tlora: ");
            })
        .anyMatch(line -> parse(line).get("level").asText().equals("debug"))
        .anyMatch(line -> parse(line).get("message").asText().startsWith("epoch 1: dev "));
    assertThat(done.out()).contains("best ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trian --log-format json",
        "--log-format=json trian",
        "train --taks x --log-format json",
        "merge --log-format json",
        "train --rank 0 --log-format json",
        "--log-format json eval nowhere -q"
      })
  void faults_are_objects_too_wherever_the_option_stands(String line) {
    Invocation done = tlora((Object[]) line.split(" ", -1));
    assertThat(done.code()).isIn(2, 3);
    assertThat(done.out()).isEmpty();
    assertThat(done.errLines()).hasSize(1);
    JsonNode said = parse(done.err());
    assertThat(said.get("level").asText()).isEqualTo("error");
    assertThat(said.get("message").asText()).isNotEmpty().doesNotStartWith("tlora: ");
  }

  @Test
  void a_trace_is_a_member_of_the_object() {
    Invocation done = tlora("train", "--rank", "0", "--log-format", "json", "--stacktrace");
    assertThat(done.errLines()).hasSize(1);
    assertThat(parse(done.err()).get("stacktrace").asText()).contains("\tat io.github.tlora.");
  }

  @ParameterizedTest
  @CsvSource({"--log-format, xml, 'text, json'", "--color, blue, 'auto, always, never'"})
  void other_words_are_refused(String option, String word, String known) {
    Invocation done = tlora("methods", option, word);
    assertThat(done.code()).isEqualTo(2);
    assertThat(done.out()).isEmpty();
    assertThat(done.errLines())
        .containsExactly(
            "tlora: %s must be one of %s; got '%s'. See: tlora methods --help"
                .formatted(option, known, word));
  }

  // ---- In which colours
  // --------------------------------------------------------------------------

  @Test
  void errors_are_red_and_warnings_yellow_on_a_terminal_that_has_colours() {
    assertThat(on(COLOURED, "trian").err()).startsWith("\033[31mtlora:\033[0m unknown command");
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    new Console(stream, stream, COLOURED).warn("one class alone is predicted");
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("\033[33mtlora: warning:\033[0m one class alone");
    assertThat(on(COLOURED, "trian", "--color", "never").err()).doesNotContain(ESCAPE);
    assertThat(on(Terminal.PLAIN, "trian").err()).doesNotContain(ESCAPE);
    assertThat(tlora("trian").err()).doesNotContain(ESCAPE);
    assertThat(tlora("trian", "--color", "always").err()).startsWith("\033[31m");
    assertThat(on(COLOURED, "trian", "--log-format", "json").err()).doesNotContain(ESCAPE);
  }

  @Test
  void headings_are_bold() {
    assertThat(on(COLOURED, "train", "--help").out())
        .contains("\033[1mMethod:\033[0m", "\033[1mExamples:\033[0m");
    assertThat(tlora("train", "--help").out()).doesNotContain(ESCAPE);
    assertThat(tlora("--color", "always", "train", "--help").out()).contains("\033[1mMethod:");
  }

  @Test
  void json_is_never_coloured() {
    assertThat(on(COLOURED, "methods", "--json", "--color", "always").out()).doesNotContain(ESCAPE);
  }

  @ParameterizedTest
  @CsvSource({
    "xterm-256color, , true",
    "xterm, 1, false",
    "dumb, , false",
    "'', , true",
    "xterm, '', true"
  })
  void variables_decide_about_colours(String term, String noColor, boolean colours) {
    Map<String, String> variables =
        noColor == null ? Map.of("TERM", term) : Map.of("TERM", term, "NO_COLOR", noColor);
    assertThat(Terminal.wantsColours(variables)).isEqualTo(colours);
  }

  // ---- How wide
  // ----------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({"50, 50", "72, 72", "200, 80"})
  void help_fits_the_terminal_and_is_no_wider_than_one_reads(int width, int most) {
    Terminal terminal = new Terminal(true, true, false, width);
    assertThat(on(terminal, "train", "--help").outLines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(most))
        .anySatisfy(line -> assertThat(line).hasSizeGreaterThan(most - 10));
  }

  @Test
  void tables_break_their_texts_on_a_terminal_alone() {
    Terminal narrow = new Terminal(true, true, false, 60);
    assertThat(on(narrow, "methods").outLines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(60));
    assertThat(tlora("methods").outLines()).anyMatch(line -> line.length() > 60);
    String words = String.join(" ", tlora("methods").out().split("\\s+", -1));
    assertThat(on(narrow, "methods").out().split("\\s+", -1)).containsExactly(words.split(" ", -1));
  }
}
