package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.keys;
import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tlora.adapter.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code tlora params}: counts from shapes alone. */
class ParamsCommandTest {
  private static JsonNode count(Object... args) {
    Object[] all = new Object[args.length + 2];
    all[0] = "params";
    all[1] = "--json";
    System.arraycopy(args, 0, all, 2, args.length);
    Invocation done = tlora(all).succeeded();
    assertThat(done.err()).isEmpty();
    return done.json();
  }

  @ParameterizedTest
  @CsvSource({
    // Published: arXiv 2504.18735 (TLoRA), arXiv 2106.09685 table 2 (LoRA).
    "roberta-large, tlora, 32, 49200",
    "roberta-large, tlora, 8, 3120",
    "roberta-large, lora, 8, 786432",
    "deberta-v2-xxlarge, lora, 16, 4718592",
    "bundled, tlora, 8, 780"
  })
  void the_adapters_have_the_published_sizes(String model, String method, int rank, long adapter) {
    assertThat(count("--model", model, "--method", method, "--rank", rank).get("adapter").asLong())
        .isEqualTo(adapter);
  }

  @Test
  void lora_trains_252_times_as_much_as_tlora_on_roberta_large() {
    double lora = count("--model", "roberta-large", "--method", "lora").get("adapter").asDouble();
    double tlora = count("--model", "roberta-large", "--method", "tlora").get("adapter").asDouble();
    assertThat(lora / tlora).isCloseTo(252.06, within(0.005));
  }

  @Test
  void one_model_gives_an_object_with_these_keys() {
    JsonNode count = count("--model", "roberta-large", "--rank", "4", "--targets", "query,key");
    assertThat(keys(count))
        .containsExactly(
            "model",
            "method",
            "rank",
            "size",
            "targets",
            "adapter",
            "head",
            "trainable",
            "total",
            "fixed",
            "file_bytes",
            "optimizer_bytes");
    assertThat(count.get("model").asText()).isEqualTo("roberta-large");
    assertThat(count.get("method").asText()).isEqualTo("tlora");
    assertThat(count.get("rank").asInt()).isEqualTo(4);
    assertThat(count.get("targets")).hasToString("[\"query\",\"key\"]");
    assertThat(count.get("adapter").asLong()).isEqualTo(24 * 2 * (4 * 4 + 1));
    assertThat(count.get("fixed").asLong()).isEqualTo(24 * 2 * 2 * 4 * 1024);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tlora", "lora"})
  void trainable_is_adapter_and_head_and_total_is_everything(String method) {
    JsonNode count = count("--model", "roberta-large", "--method", method, "--labels", "3");
    long head = 1024 * 1024 + 1024 + 3 * 1024 + 3;
    long base = 354_310_144; // RobertaModel without its pooling layer
    long adapter = count.get("adapter").asLong();
    assertThat(count.get("head").asLong()).isEqualTo(head);
    assertThat(count.get("trainable").asLong()).isEqualTo(adapter + head);
    assertThat(count.get("total").asLong())
        .isEqualTo(base + adapter + count.get("fixed").asLong() + head);
  }

  @Test
  void compare_gives_an_array_with_every_method() {
    JsonNode counts = count("--model", "roberta-large", "--rank", "8", "--compare");
    assertThat(counts.isArray()).isTrue();
    assertThat(counts.findValuesAsText("method")).contains("tlora", "lora").doesNotHaveDuplicates();
    assertThat(counts).allSatisfy(count -> assertThat(keys(count)).contains("adapter", "fixed"));
    JsonNode tlora = count("--model", "roberta-large", "--rank", "8", "--method", "tlora");
    assertThat(counts).contains(tlora);
  }

  @ParameterizedTest
  @CsvSource({
    "FacebookAI/roberta-large, roberta-large",
    "FacebookAI/roberta-base, roberta-base",
    "microsoft/deberta-v3-base, deberta-v3-base",
    "microsoft/deberta-v2-xxlarge, deberta-v2-xxlarge",
    "sentence-transformers/all-MiniLM-L6-v2, bundled"
  })
  void names_of_the_hub_are_known(String name, String same) {
    for (String figure : new String[] {"adapter", "head", "total"}) {
      assertThat(count("--model", name).get(figure)).isEqualTo(count("--model", same).get(figure));
    }
  }

  @Test
  void the_bundled_encoder_is_the_default_and_has_a_linear_head() {
    JsonNode count = count();
    assertThat(count.get("adapter").asLong()).isEqualTo(780);
    assertThat(count.get("head").asLong()).isEqualTo(770);
    assertThat(count("--labels", "3").get("head").asLong()).isEqualTo(3 * 384 + 3);
  }

  @Test
  void a_config_json_is_enough(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("config.json"), TinyEncoder.config().toString());
    JsonNode count = count("--model", folder, "--rank", "2", "--method", "lora");
    assertThat(count.get("adapter").asLong()).isEqualTo(2 * 2 * 2 * (16 + 16));
    assertThat(count.get("head").asLong()).isEqualTo(2 * 16 + 2);
  }

  @Test
  void for_people_it_is_a_table() {
    List<String> lines =
        tlora("params", "--model", "roberta-large", "--compare").succeeded().outLines();
    assertThat(lines)
        .containsSequence(
            "roberta-large, head 1,051,650",
            "method             size      adapter    trainable         total      file optimizer",
            "tlora                r8        3,120    1,054,770   356,151,346    4.2 MB    8.4 MB",
            "lora                 r8      786,432    1,838,082   356,148,226    7.4 MB   14.7 MB")
        .contains(
            "full                     354,310,144  355,361,794   355,361,794    1.4 GB    2.8 GB",
            "prefix-embedding    l16       16,384    1,068,034   355,378,178    4.3 MB    8.5 MB");
    assertThat(lines).hasSize(2 + Method.names().size());
  }

  @Test
  void settings_go_to_the_methods_that_have_them() {
    JsonNode counts = count("--compare", "--rank", "4", "--length", "3");
    assertThat(counts).hasSize(Method.names().size());
    assertThat(counts)
        .filteredOn(count -> count.has("rank"))
        .allSatisfy(count -> assertThat(count.get("rank").asInt()).isEqualTo(4));
    assertThat(counts)
        .filteredOn(count -> count.get("size").asText().equals("length 3"))
        .hasSize(2);
    assertThat(count("--set", "adapter.alpha=layer").get("adapter").asLong())
        .isEqualTo(12 * 64 + 6);
  }

  @Test
  void optimizer_and_file_are_counted_in_bytes() {
    JsonNode count = count("--method", "lora", "--rank", "2");
    long trainable = count.get("trainable").asLong();
    assertThat(count.get("optimizer_bytes").asLong()).isEqualTo(8 * trainable);
    assertThat(count.get("file_bytes").asLong()).isBetween(4 * trainable, 4 * trainable + 8_192);
  }

  @Test
  void a_method_that_does_not_fit_is_left_out_of_a_comparison(@TempDir Path folder)
      throws IOException {
    Files.writeString(folder.resolve("config.json"), TinyEncoder.config().toString());
    Invocation compared = tlora("params", "--model", folder, "--compare", "--json").succeeded();
    assertThat(compared.json().findValuesAsText("method"))
        .hasSize(Method.names().size() - 1)
        .doesNotContain("adapter-drop");
    assertThat(compared.errLines())
        .singleElement()
        .asString()
        .startsWith(
            "tlora: warning: adapter-drop is left out: adapter: its settings leave nothing");
  }
}
