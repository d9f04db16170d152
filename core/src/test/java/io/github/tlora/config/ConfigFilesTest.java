package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that can't be read, and what is said of them. */
class ConfigFilesTest {
  @TempDir Path dir;
  private ConfigFolder folder;

  @BeforeEach
  void open_folder() {
    folder = new ConfigFolder(dir);
  }

  private Layers file(String name) {
    return new Layers().file(dir.resolve(name));
  }

  @Test
  void a_missing_file_is_told_in_one_line() {
    assertThat(folder.problems(file("x.yaml"))).containsExactly("x.yaml: no such file");
  }

  @Test
  void all_missing_files_are_told() {
    assertThat(folder.problems(file("a.yaml").file(dir.resolve("b.yaml"))))
        .containsExactly("a.yaml: no such file", "b.yaml: no such file");
  }

  @Test
  void a_folder_is_no_file() throws IOException {
    Files.createDirectory(dir.resolve("x.yaml"));

    assertThat(folder.problems(file("x.yaml"))).containsExactly("x.yaml: a directory, not a file");
  }

  @Test
  void another_ending_is_refused() {
    folder.write("x.toml", "");

    assertThat(folder.problems(file("x.toml")))
        .containsExactly("x.toml: a configuration's name ends in .yaml, .yml or .json");
  }

  @Test
  void bytes_that_are_no_text_are_refused() throws IOException {
    Files.write(dir.resolve("x.yaml"), new byte[] {'a', (byte) 0xff});

    assertThat(folder.problems(file("x.yaml"))).containsExactly("x.yaml: not UTF-8 text");
  }

  @Test
  void a_byte_order_mark_is_skipped() {
    assertThat(folder.file("\ufefftask: rte").resolve().task()).isEqualTo("rte");
    folder.write("x.json", "\ufeff{\"task\": \"rte\"}");
    assertThat(file("x.json").resolve().task()).isEqualTo("rte");
  }

  @Test
  void a_missing_include_is_told_where_it_is_named() {
    folder.write("lib/b.yaml", "include: ../../nowhere/c.yaml");

    assertThat(folder.problems(folder.file("task: rte\ninclude:\n- lib/b.yaml\n- d.yaml")))
        .containsExactly(
            "lib/b.yaml:1: cannot include '"
                + dir.resolve("../nowhere/c.yaml").normalize()
                + "': no such file",
            "x.yaml:4: cannot include 'd.yaml': no such file");
  }

  @Test
  void an_include_must_be_a_path() {
    assertThat(folder.problems(folder.file("include: {a: b}")))
        .containsExactly(
            "x.yaml:1: include must be a path or a list of paths, got a group of settings");
    assertThat(folder.problems(folder.file("include:\n-\n- [a]")))
        .containsExactly(
            "x.yaml:2: include must be a path or a list of paths, got null",
            "x.yaml:3: include must be a path or a list of paths, got a list");
    assertThat(folder.problems(folder.file("include: \"a\\0b\"")))
        .containsExactly("x.yaml:1: cannot include 'a\0b': not a path");
  }

  @Test
  void an_empty_include_is_none() {
    assertThat(folder.file("include:\ntask: rte").resolve().task()).isEqualTo("rte");
    assertThat(folder.file("include: []\ntask: rte").resolve().task()).isEqualTo("rte");
  }

  @Test
  void a_cycle_of_includes_is_told() {
    folder.write("a.yaml", "include: sub/b.yaml");
    folder.write("sub/b.yaml", "task: rte\ninclude: ../a.yaml");

    assertThat(folder.problems(file("a.yaml")))
        .containsExactly(
            "sub/b.yaml:2: cannot include 'a.yaml': a.yaml -> sub/b.yaml -> a.yaml is a cycle");
  }

  @Test
  void unread_settings_hide_the_judgement_of_the_others() {
    // The missing file may name LoRA, which has an alpha.
    assertThat(folder.problems(folder.file("include: lora.yaml\nadapter: {alpha: 16}")))
        .containsExactly("x.yaml:1: cannot include 'lora.yaml': no such file");
  }

  @Test
  void faults_of_yaml_are_told_with_their_line() {
    assertThat(folder.problems(folder.file("task: a\nmodel: b: c\n")))
        .containsExactly("x.yaml:2: not valid YAML: mapping values are not allowed here");
    assertThat(folder.problems(folder.file("task: a\ntrain:\n\tepochs: 3\n")))
        .containsExactly(
            "x.yaml:3: not valid YAML: found character '\\t(TAB)' that cannot start any token."
                + " (Do not use \\t(TAB) for indentation)");
    assertThat(folder.problems(folder.file("task: a\nadapter: {rank: 3\nseed: 3\n")))
        .containsExactly(
            "x.yaml:3: not valid YAML: while parsing a flow mapping that begins on line 2,"
                + " expected ',' or '}', but got :");
    assertThat(folder.problems(folder.file("task: a\ntrain:\n  - a\n  b: 3\n")))
        .containsExactly(
            "x.yaml:4: not valid YAML: this does not fit what begins on line 3;"
                + " check indentation and quotes");
    assertThat(folder.problems(folder.file("a: 1\n---\nb: 2")))
        .containsExactly("x.yaml:3: a second document begins here; only one is read");
    assertThat(folder.problems(folder.file("train: &t {epochs: 3}\nhead: *t")))
        .containsExactly("x.yaml:2: alias '*t' is not supported; write the value out");
    assertThat(folder.problems(folder.file("- task: a\n")))
        .containsExactly("x.yaml: must hold settings (key: value), got a list");
  }

  @Test
  void faults_of_json_are_told_with_their_line() {
    folder.write("x.json", "{\"task\": \"a\",\n}");

    assertThat(folder.problems(file("x.json")))
        .containsExactly(
            "x.json:2: not valid JSON: unexpected character ('}'):"
                + " was expecting double-quote to start field name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: 'x",
        "a: \"\\q\"",
        "a: \1",
        "? [a]\n: b",
        "{",
        "a: [",
        "@",
        "a: 1\n b: 2",
        "\"",
        "a: !<",
        "}",
        "a:\n- b\nc",
        "*",
        "&",
        "x: {a: b: c}",
        "- a\nb: c"
      })
  void no_fault_of_syntax_shows_java(String text) {
    assertThat(folder.problems(folder.file(text)))
        .singleElement()
        .asString()
        .startsWith("x.yaml:")
        .doesNotContainPattern("Exception|Source:|jackson|snakeyaml|null");
    folder.write("x.json", text);
    assertThat(folder.problems(file("x.json")))
        .singleElement()
        .asString()
        .startsWith("x.json:")
        .doesNotContainPattern("Exception|Source:|jackson|snakeyaml|null");
  }
}
