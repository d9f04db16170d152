package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands one after the other, on the encoder that comes with the tool. */
class BundledEncoderTest {
  @TempDir private static Path folder;
  private static Path data;
  private static Path run;
  private static JsonNode result;

  @BeforeAll
  static void train() throws IOException {
    data = Sentences.write(folder.resolve("data"), 16, 13);
    run = folder.resolve("run");
    result =
        tlora(
                "train",
                "--data",
                data,
                "--epochs",
                1,
                "--batch-size",
                8,
                "--threads",
                1,
                "-o",
                run,
                "--json")
            .succeeded()
            .json();
  }

  @Test
  void training_counts_the_parameters_that_params_counts() {
    JsonNode count = tlora("params", "--json").succeeded().json();
    for (String figure : new String[] {"adapter", "head", "trainable", "total"}) {
      assertThat(result.get("parameters").get(figure)).isEqualTo(count.get(figure));
    }
    assertThat(result.get("model").asText()).isEqualTo("sentence-transformers/all-MiniLM-L6-v2");
  }

  @Test
  void the_adapter_takes_a_few_kilobytes() throws IOException {
    assertThat(Files.size(run.resolve("adapter").resolve("adapter_model.safetensors")))
        .isLessThan(16_000);
  }

  @Test
  void eval_prints_the_digits_of_the_result() {
    JsonNode score = tlora("eval", run, "--json").succeeded().json();
    assertThat(score.get("metrics")).isEqualTo(result.at("/best/metrics"));
    assertThat(score.get("sample").asBoolean()).isFalse();
  }

  @Test
  void predict_answers_a_line_a_text() {
    assertThat(tlora("predict", run, "--text", "a warm, generous comedy").succeeded().outLines())
        .singleElement()
        .asString()
        .matches("\\w+\tnegative 0\\.\\d{4}, positive 0\\.\\d{4}\ta warm, generous comedy");
  }

  @Test
  void merge_writes_a_checkpoint_that_says_how_it_pools() throws IOException {
    Path merged = folder.resolve("merged");
    Invocation done = tlora("merge", run, "-o", merged, "--json").succeeded();
    assertThat(done.json().get("largest_difference").asDouble()).isBetween(0.0, 1e-4);
    assertThat(done.json().get("rows").asInt()).isEqualTo(13);
    assertThat(done.json().get("stock").asBoolean()).isFalse();
    assertThat(done.errLines())
        .singleElement()
        .asString()
        .startsWith("tlora: ")
        .contains(merged.resolve("README.md").toString());
    try (Stream<Path> files = Files.list(merged)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "README.md",
              "config.json",
              "model.safetensors",
              "tlora_merge.json",
              "tokenizer.json",
              "tokenizer_config.json");
    }
    JsonNode config = Invocation.json(merged.resolve("config.json"));
    assertThat(config.at("/tlora/pooling").asText()).isEqualTo("mean");
    assertThat(config.at("/tlora/head").asText()).isEqualTo("linear");
    assertThat(config.get("id2label")).hasToString("{\"0\":\"negative\",\"1\":\"positive\"}");
  }

  @Test
  void what_export_writes_is_the_same_model() {
    Path exported = folder.resolve("exported");
    JsonNode done = tlora("export", "-o", exported, "--json").succeeded().json();
    assertThat(done.get("tensors").asInt()).isEqualTo(103);
    assertThat(tlora("train", "--model", exported, "--dry-run").succeeded().outLines())
        .contains("head        one layer on the mean state, new, trained");
    assertThat(tlora("eval", run, "--model", exported, "--json").succeeded().json().get("metrics"))
        .isEqualTo(result.at("/best/metrics"));
  }
}
