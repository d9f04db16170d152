package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.tensor.SafetensorsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Starting from another task's adapter. */
class InitFromTest {
  @TempDir private Path directory;
  private TinyRuns tiny;
  private Environment environment;

  @BeforeEach
  void write_model_and_data() {
    tiny = new TinyRuns(directory);
    environment = tiny.environment();
    tiny.writeData(30);
    TinyEncoder.of(Family.BERT).write(directory.resolve("model"));
  }

  private Layers layers(String task, String... settings) {
    return tiny.layers(task, directory.resolve("model"), settings);
  }

  private Path train(String name, Layers layers) {
    return tiny.train(name, layers);
  }

  /** The adapter after a training in which nothing moves. */
  private Path still(String name, Path from, String task, String... settings) {
    Layers layers =
        layers(task, settings)
            .set("init_from", from.toString(), "--init-from")
            .set("seed", "7", "--seed")
            .set("train.learning_rate", "0", "--learning-rate");
    return train(name, layers).resolve("adapter");
  }

  static Stream<String> methods() {
    return Method.names().stream().filter(name -> !name.equals("adapter-drop"));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void every_method_starts_from_the_very_values(String method) {
    Path first = train("first", layers("sst2", "adapter.method", method));
    Path second = still("second", first, "rte", "adapter.method", method);
    String weights = method.equals("full") ? "model.safetensors" : AdapterFile.WEIGHTS;
    assertThat(second.resolve(weights)) // the head, which has the same size, included
        .hasSameBinaryContentAs(first.resolve("adapter").resolve(weights));
    // Frozen matrices are those that it was trained with, not those of this run's seed.
    assertThat(AdapterFile.readConfig(second).seed()).isEqualTo(0);
    EvalRun.evaluate(second, null, "dev", null, environment); // loads: hashes agree
  }

  @Test
  void a_head_of_another_size_is_new() throws IOException {
    Path first = train("first", layers("sst2", "adapter.method", "lora"));
    Path second = still("second", first, "stsb", "adapter.method", "lora");
    try (SafetensorsReader a =
            new SafetensorsReader(first.resolve("adapter").resolve(AdapterFile.WEIGHTS));
        SafetensorsReader b = new SafetensorsReader(second.resolve(AdapterFile.WEIGHTS))) {
      assertThat(b.names()).isEqualTo(a.names());
      for (String name : a.names()) {
        boolean isHead = name.contains("classifier");
        assertThat(b.floats(name).equals(a.floats(name))).as(name).isEqualTo(!isHead);
      }
    }
    assertThat(
            new JsonMapper()
                .readTree(directory.resolve("second/manifest.json").toFile())
                .at("/sha256/init_from")
                .asText())
        .isEqualTo(AdapterFile.sha256(first.resolve("adapter"), LoadedAdapter.configOf(first)));
    assertThat(Files.readString(directory.resolve("second/config.yaml"))).contains("init_from: ");
  }

  @Test
  void the_plan_says_where_it_starts() {
    Path first = train("first", layers("sst2"));
    TrainRun.Plan plan =
        new TrainRun(
                layers("rte", "init_from", first.resolve("last").toString()).resolve(), environment)
            .plan();
    assertThat(plan.start().task()).isEqualTo("sst2");
    assertThat(plan.start().head()).isTrue();
    assertThat(new TrainRun(layers("rte").resolve(), environment).plan().start()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "adapter.method; lora; is tlora, this run is lora. Give --method tlora",
        "adapter.rank; 4; has adapter.rank 8, this run has 4. Give --set 'adapter.rank=8'",
        "adapter.targets; [query]; has adapter.targets [query, value], this run has [query]"
      })
  void another_method_or_shape_is_refused_before_anything_is_loaded(
      String key, String value, String told) {
    Path first = train("first", layers("sst2"));
    Layers layers = layers("rte", "init_from", first.toString(), key, value);
    assertThatThrownBy(() -> new TrainRun(layers.resolve(), environment))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessageContainingAll("init_from: " + first, told);
  }

  @Test
  void dropout_may_differ() {
    Path first = train("first", layers("sst2"));
    Layers layers = layers("rte", "init_from", first.toString(), "adapter.dropout", "0.5");
    assertThat(train("second", layers)).exists();
  }

  @Test
  void another_base_is_refused_and_leaves_nothing() {
    Path first = train("first", layers("sst2"));
    TinyEncoder.of(Family.BERT).withSeed(5).write(directory.resolve("model"));
    Layers layers = layers("rte", "init_from", first.toString());
    assertThatThrownBy(() -> train("second", layers))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageContaining("belongs to another model");
    assertThat(directory.resolve("second")).doesNotExist();
  }

  @Test
  void an_absent_run_is_told() {
    assertThatThrownBy(
            () -> new TrainRun(layers("rte", "init_from", "nowhere").resolve(), environment))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("nowhere");
  }
}
