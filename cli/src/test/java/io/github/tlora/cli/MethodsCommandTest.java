package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.keys;
import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code tlora methods}. */
class MethodsCommandTest {
  @Test
  void every_method_is_a_line_that_fits_a_terminal() {
    List<String> lines = tlora("methods").succeeded().outLines();
    assertThat(lines.get(0)).isEqualTo("method            merges  lora");
    assertThat(lines.subList(1, lines.size()))
        .extracting(line -> line.split(" ", 2)[0])
        .containsExactly(
            "tlora",
            "lora",
            "dora",
            "lora-xs",
            "vera",
            "lora-fa",
            "full",
            "bitfit",
            "houlsby",
            "lin",
            "pfeiffer",
            "adapter-drop",
            "prefix-embedding",
            "prefix-layer",
            "combined");
    assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(96));
    assertThat(lines).anyMatch(line -> line.matches("dora +yes +no +LoRA with .*"));
    assertThat(lines).anyMatch(line -> line.matches("houlsby +no +no +Adapter-H: .*"));
  }

  @Test
  void json_has_settings_with_their_defaults_and_why_one_does_not_merge() {
    JsonNode methods = tlora("methods", "--json").succeeded().json();
    assertThat(methods).hasSize(15);
    JsonNode tlora = methods.get(0);
    assertThat(keys(tlora))
        .containsExactly(
            "method",
            "summary",
            "source",
            "merges",
            "converts_to_lora",
            "learning_rate",
            "settings");
    assertThat(tlora.at("/settings/rank").asInt()).isEqualTo(8);
    assertThat(tlora.at("/settings/init").asText()).isEqualTo("reference");
    assertThat(tlora.path("merges").asBoolean()).isTrue();
    JsonNode prefix = methods.get(12);
    assertThat(prefix.path("method").asText()).isEqualTo("prefix-embedding");
    assertThat(prefix.path("merge_obstacle").asText()).contains("no weight of the base");
  }
}
