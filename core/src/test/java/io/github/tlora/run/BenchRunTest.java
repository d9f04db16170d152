package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.config.RunConfig;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a measurement of training says. */
class BenchRunTest {
  @TempDir Path directory;

  private RunConfig config(String... settings) {
    Layers layers =
        new Layers()
            .set("model.name", directory.resolve("model").toString(), "--model")
            .set("adapter.method", "lora", "--method")
            .set("train.batch_size", "4", "--batch-size")
            .set("train.max_length", "40", "--max-length");
    for (int i = 0; i < settings.length; i += 2) {
      layers.set(settings[i], settings[i + 1], settings[i]);
    }
    return layers.resolve();
  }

  private Environment environment() {
    return new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
  }

  private BenchRun.Result run(BenchRun.Options options, String... settings) {
    TinyEncoder.of(Family.ROBERTA).write(directory.resolve("model"));
    return new BenchRun(config(settings), options, environment()).run();
  }

  @Test
  void rows_of_a_task_are_measured_as_training_has_them() {
    TinyTask.writeSst2(directory.resolve("data"), 30, 8);
    BenchRun.Result result =
        run(
            new BenchRun.Options(6, 2, null, false, null),
            "data",
            directory.resolve("data").toString());
    assertThat(result.steps()).isEqualTo(6);
    assertThat(result.batchSize()).isEqualTo(4);
    assertThat(result.rows()).isEqualTo("sst2");
    assertThat(result.examplesPerSecond())
        .isCloseTo(4 * result.stepsPerSecond(), within(1e-6 * result.examplesPerSecond()));
    assertThat(result.tokensPerSecond()).isGreaterThan(2 * result.examplesPerSecond());
    assertThat(result.padding()).isBetween(0.0, 0.9);
    assertThat(result.tokenizedPerSecond()).isPositive();
    assertThat(result.predictedPerSecond()).isPositive();
    assertThat(result.secondsToFirstStep()).isPositive();
    assertThat(result.stages().values().stream().mapToDouble(share -> share).sum())
        .isCloseTo(1, within(1e-9));
    assertThat(result.shareOfProducts())
        .isCloseTo(result.gigaflops() / result.productGigaflops(), within(1e-9))
        .isBetween(0.0, 1.0);
  }

  @Test
  void batches_of_tokens_are_measured_too() {
    TinyTask.writeSst2(directory.resolve("data"), 30, 8);
    String[] settings = {
      "data",
      directory.resolve("data").toString(),
      "train.batch_tokens",
      "24",
      "train.batch_size",
      "~"
    };
    BenchRun.Result result = run(new BenchRun.Options(20, 2, null, false, null), settings);
    assertThat(result.batchSize()).isNull();
    assertThat(result.batchTokens()).isEqualTo(24);
    double tokensAStep = result.tokensPerSecond() / result.stepsPerSecond();
    assertThat(tokensAStep).isBetween(12.0, 24.0);
    assertThat(result.padding()).isBetween(0.0, 0.1);
    BenchRun.Result made =
        run(
            new BenchRun.Options(3, 1, 10, false, null),
            "train.batch_tokens",
            "29",
            "train.batch_size",
            "~");
    assertThat(made.examplesPerSecond() / made.stepsPerSecond()).isCloseTo(2, within(1e-6));
  }

  @Test
  void made_up_rows_have_the_asked_length_and_no_padding() {
    BenchRun.Result result = run(new BenchRun.Options(3, 1, 10, false, null));
    assertThat(result.rows()).isEqualTo("made up, 10 tokens");
    assertThat(result.padding()).isZero();
    assertThat(result.tokensPerSecond())
        .isCloseTo(10 * result.examplesPerSecond(), within(1e-6 * result.tokensPerSecond()));
    assertThat(result.tokenizedPerSecond()).isNull();
  }

  @Test
  void the_batches_can_be_written_for_another_program() throws IOException {
    Path file = directory.resolve("batches");
    run(new BenchRun.Options(3, 1, 10, false, file));
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(4).doesNotHaveDuplicates();
    for (String line : lines) {
      JsonNode batch = new JsonMapper().readTree(line);
      assertThat(batch.get("ids")).hasSize(4).allMatch(row -> row.size() == 10);
      assertThat(batch.get("types")).hasSize(4).allMatch(row -> row.size() == 10);
      assertThat(batch.get("labels")).hasSize(4);
    }
  }

  @Test
  void a_shape_needs_no_checkpoint() {
    BenchRun.Result result =
        run(new BenchRun.Options(1, 1, 8, true, null), "model.name", "electra-small-discriminator");
    assertThat(result.model()).isEqualTo("google/electra-small-discriminator (made-up weights)");
    assertThat(result.examplesPerSecond()).isPositive();
  }

  @Test
  void what_cannot_be_measured_is_said() {
    assertThatThrownBy(() -> new BenchRun.Options(0, 1, null, false, null))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--steps");
    assertThatThrownBy(() -> new BenchRun.Options(1, 1, 3, false, null))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--tokens must be at least 4, got 3");
    assertThatThrownBy(() -> new BenchRun.Options(1, 1, null, true, null))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("add --tokens");
    assertThatThrownBy(() -> run(new BenchRun.Options(1, 1, 41, false, null)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("takes at most 40 tokens");
    assertThatThrownBy(
            () -> run(new BenchRun.Options(1, 1, null, false, null), "train.max_length", "41"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("train.max_length: 41 is more than the 40 tokens");
  }
}
