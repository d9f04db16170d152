package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is trained again gives the same bytes, and what differs is told item by item. */
class RepeatRunTest {
  @TempDir Path directory;
  private Environment environment;
  private final List<Difference> told = new ArrayList<>();
  private boolean toldBeforeTraining;

  @BeforeEach
  void train_once() {
    environment = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
    TinyEncoder.of(Family.BERT).withDropout(0.1).write(directory.resolve("model"));
    TinyTask.writeSst2(directory.resolve("data"), 50, 21);
    Layers layers =
        new Layers()
            .set("model", directory.resolve("model").toString(), "--model")
            .set("data", directory.resolve("data").toString(), "--data")
            .set("train.max_length", "32", "--max-length")
            .set("train.epochs", "2", "--epochs")
            .set("adapter.dropout", "0.1", "--dropout")
            .set("baseline", "false", "--no-baseline");
    assertThat(
            new TrainRun(layers.resolve(), environment)
                .run(run(), List.of("train"), () -> {}, event -> {}, () -> false))
        .isPresent();
  }

  private Path run() {
    return directory.resolve("run");
  }

  private RepeatRun.Result repeat() {
    return new RepeatRun(run(), environment)
        .run(
            directory.resolve("again"),
            List.of("repeat"),
            inputs -> {
              told.addAll(inputs);
              toldBeforeTraining = !Files.exists(directory.resolve("again/metrics.jsonl"));
            },
            event -> {},
            () -> false)
        .orElseThrow();
  }

  private void replace(String file, String from, String to) throws IOException {
    String text = Files.readString(directory.resolve(file));
    assertThat(text).contains(from);
    Files.writeString(directory.resolve(file), text.replace(from, to));
  }

  @Test
  void the_same_run_is_identical_to_the_last_byte() {
    RepeatRun.Result result = repeat();
    assertThat(result.identical()).isTrue();
    assertThat(result.differences()).isEmpty();
    assertThat(result.inputs()).isEmpty();
    assertThat(told).isEmpty();
    assertThat(toldBeforeTraining).isTrue();
    assertThat(result.scores()).isEqualTo(4);
    assertThat(result.losses()).isEqualTo(2 * 2 + 2);
    assertThat(result.files()).isEqualTo(6);
  }

  @Test
  void changed_rows_are_told_before_training_and_what_follows_after() throws IOException {
    replace("data/train.tsv", "\t1", "\t0");
    RepeatRun.Result result = repeat();
    assertThat(toldBeforeTraining).isTrue();
    assertThat(told).extracting(Difference::item).containsExactly("data.train.sha256");
    assertThat(result.inputs()).isEqualTo(told);
    assertThat(result.identical()).isFalse();
    assertThat(result.differences())
        .extracting(Difference::item)
        .anyMatch(item -> item.startsWith("loss of step 1, the first of "))
        .contains("last/adapter_model.safetensors")
        .doesNotContain("last/adapter_config.json");
  }

  @Test
  void another_configuration_is_told_by_its_keys() throws IOException {
    replace("run/config.yaml", "seed: 0", "seed: 1");
    replace("run/config.yaml", "epochs: 2", "epochs: 1");
    RepeatRun.Result result = repeat();
    assertThat(told)
        .containsExactly(
            new Difference("config.seed", "0", "1"),
            new Difference("config.train.epochs", "2", "1"),
            new Difference("seed", "0", "1"));
    assertThat(result.identical()).isFalse();
    assertThat(result.differences())
        .extracting(Difference::item)
        .contains("last.step", "last/adapter_config.json");
  }

  @Test
  void other_weights_are_told() {
    TinyEncoder.of(Family.BERT).withDropout(0.1).withSeed(9).write(directory.resolve("model"));
    assertThat(repeat().identical()).isFalse();
    assertThat(told).extracting(Difference::item).containsExactly("weights.sha256");
  }

  @Test
  void a_first_run_that_was_changed_since_is_told() throws IOException {
    Path adapter = run().resolve("last/adapter_model.safetensors");
    byte[] bytes = Files.readAllBytes(adapter);
    bytes[bytes.length - 1] ^= 1;
    Files.write(adapter, bytes);
    RepeatRun.Result result = repeat();
    assertThat(told)
        .extracting(Difference::item)
        .containsExactly("last/adapter_model.safetensors.sha256");
    assertThat(result.identical()).isFalse();
    assertThat(result.differences())
        .extracting(Difference::item)
        .containsExactly("last/adapter_model.safetensors");
  }

  @Test
  void a_run_that_is_not_complete_or_not_recorded_is_refused() throws IOException {
    Path provenance = run().resolve("provenance.json");
    String kept = Files.readString(provenance);
    Files.delete(provenance);
    assertRefused(provenance + ": no such file");
    Files.writeString(provenance, kept.substring(0, kept.length() / 2));
    assertRefused(provenance + ": is damaged");
    Files.writeString(provenance, kept);
    Files.delete(run().resolve("result.json"));
    assertRefused(run() + ": has no result.json");
    Files.delete(run().resolve("config.yaml"));
    assertRefused(run() + ": has no config.yaml");
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> new RepeatRun(run(), environment))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(message);
  }
}
