package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.run.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The schema that editors use, judged by a validator of its own. */
class ConfigSchemaTest {
  private static final Path KEPT = Path.of("..", "docs", "formats", "config.schema.json");

  @TempDir Path dir;

  static List<Path> all() throws IOException {
    return AllConfigsTest.all();
  }

  static List<String> methods() {
    return Method.names();
  }

  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(Json.pretty(ConfigSchema.document()));

  /** What the schema has against a YAML text. */
  private static List<String> faults(String yaml) throws IOException {
    return SCHEMA.validate(new YAMLMapper().readTree(yaml)).stream().map(Error::toString).toList();
  }

  private boolean isResolved(String yaml) {
    try {
      new ConfigFolder(dir).file(yaml).resolve();
      return true;
    } catch (UserError e) {
      return false;
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void every_file_of_configs_is_valid_and_names_the_schema(Path file) throws IOException {
    assertThat(faults(Files.readString(file))).isEmpty();
    String start = "# yaml-language-server: $schema=";
    String line =
        Files.readAllLines(file).stream()
            .filter(each -> each.startsWith(start))
            .findFirst()
            .orElse("");
    assertThat(file.resolveSibling(line.substring(start.length()))).isRegularFile();
    assertThat(file.resolveSibling(line.substring(start.length())).toRealPath())
        .isEqualTo(KEPT.toRealPath());
  }

  @Test
  void a_configuration_written_in_full_is_valid() throws IOException {
    for (String method : Method.names()) {
      RunConfig config = new Layers().set("adapter.method", method, "--method").resolve();
      assertThat(faults(ConfigWriter.toYaml(config))).as(method).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "include: [a.yaml, b.yaml]",
        "include: a.yaml",
        "model: some-name",
        "model: {name: roberta-base, dtype: bf16}",
        "task: reviews.yaml",
        "train: {epochs: ~, learning_rate: 1e-3}",
        "train: {class_weights: [1, 2.5]}",
        "train: {class_weights: {positive: 3}}",
        "adapter: {rank: 4}",
        "adapter: {method: lora, alpha: 8, rank_pattern: {query: 4}}",
        "adapter: {method: combined, parts: [{method: lora}, {method: bitfit}]}",
        "adapter: ~",
        "device: cuda:1"
      })
  void what_is_right_is_taken(String yaml) throws IOException {
    assertThat(faults(yaml)).isEmpty();
    if (!yaml.contains("include")) { // whose files are not there
      assertThat(isResolved(yaml)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "epocs: 3",
        "train: {epocs: 3}",
        "train: {epochs: 0}",
        "train: {epochs: twenty}",
        "train: {epochs: 1.5}",
        "train: {decay: some}",
        "train: {warmup_ratio: 1.5}",
        "train: {class_weights: [0, 1]}",
        "model: {nam: x}",
        "adapter: {method: lorra}",
        "adapter: {method: lora, init: svd}",
        "adapter: {method: tlora, alpha: 16}",
        "adapter: {rnak: 4}",
        "adapter: {dropout: 1}",
        "adapter: {method: combined, parts: [{method: lora, rnak: 3}, {method: bitfit}]}",
        "adapter: lora",
        "head: {train: maybe}",
        "device: gpu",
        "include: 3"
      })
  void what_is_wrong_is_refused_by_the_schema_as_by_the_program(String yaml) throws IOException {
    assertThat(faults(yaml)).isNotEmpty();
    assertThat(isResolved(yaml)).isFalse();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void a_method_s_settings_may_stand_in_another_file_than_its_name(String method)
      throws IOException {
    RunConfig config = new Layers().set("adapter.method", method, "--method").resolve();
    String all = ConfigWriter.toYaml(config);
    String without = all.replaceFirst("(?m)^  method: " + method + "\\R", "");
    assertThat(without).isNotEqualTo(all);
    assertThat(faults(without)).isEmpty();
  }

  @Test
  void the_kept_schema_is_that_of_the_records() throws IOException {
    KeptPage.assertAsKept(KEPT, Json.pretty(ConfigSchema.document()) + "\n");
  }

  @Test
  void the_kept_page_is_that_of_the_records() throws IOException {
    KeptPage.assertAsKept(Path.of("..", "docs", "formats", "config.md"), ConfigPage.markdown());
  }
}
