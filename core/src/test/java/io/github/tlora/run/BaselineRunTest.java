package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.metric.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The baseline of a task's rows: computed once, and beside every training. */
class BaselineRunTest {
  @TempDir Path directory;
  private Environment environment;

  @BeforeEach
  void write_data() {
    environment = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
    TinyTask.writeSst2(directory.resolve("data"), 60, 30);
  }

  private BaselineRun.Result baseline(Integer maxExamples, long seed) {
    return BaselineRun.run(
        "sst2", directory.resolve("data").toString(), maxExamples, seed, environment);
  }

  private List<Path> kept() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("home/cache/baseline"))) {
      return files.toList();
    }
  }

  @Test
  void it_is_computed_once_for_the_same_rows() throws IOException {
    BaselineRun.Result first = baseline(null, 0);
    assertThat(first.cached()).isFalse();
    assertThat(first.trainRows()).isEqualTo(60);
    assertThat(first.devRows()).isEqualTo(30);
    assertThat(first.metrics()).containsOnlyKeys(Metric.ACCURACY);
    BaselineRun.Result again = baseline(null, 7); // the seed draws nothing here
    assertThat(again.cached()).isTrue();
    assertThat(again.metrics()).isEqualTo(first.metrics());
    assertThat(again.seconds()).isEqualTo(first.seconds());
    assertThat(kept()).hasSize(1);
  }

  @Test
  void other_rows_are_another_baseline() throws IOException {
    baseline(null, 0);
    assertThat(baseline(20, 0).cached()).isFalse();
    assertThat(baseline(20, 0).cached()).isTrue();
    assertThat(baseline(20, 1).cached()).isFalse();
    Path dev = directory.resolve("data/dev.tsv");
    Files.writeString(dev, Files.readString(dev) + "\none more\t1\n");
    assertThat(baseline(20, 1).cached()).isFalse();
    assertThat(kept()).hasSize(4);
  }

  @Test
  void a_damaged_one_is_computed_again() throws IOException {
    BaselineRun.Result first = baseline(null, 0);
    for (String damage : List.of("", "{\"metrics\": {}}", "{\"metrics\": {\"accuracy\": \"1\"}}")) {
      Files.writeString(kept().get(0), damage);
      BaselineRun.Result again = baseline(null, 0);
      assertThat(again.cached()).isFalse();
      assertThat(again.metrics()).isEqualTo(first.metrics());
    }
    assertThat(baseline(null, 0).cached()).isTrue();
  }

  @Test
  void a_cache_that_cannot_be_written_is_no_fault() throws IOException {
    Files.createDirectories(directory.resolve("home"));
    Files.writeString(directory.resolve("home/cache"), "a file where a directory should be");
    assertThat(baseline(null, 0).metrics()).containsKey(Metric.ACCURACY);
    assertThat(baseline(null, 0).cached()).isFalse();
  }

  private TrainResult train(String name, String... settings) {
    TinyEncoder.of(Family.BERT).write(directory.resolve("model"));
    Layers layers =
        new Layers()
            .set("model", directory.resolve("model").toString(), "--model")
            .set("data", directory.resolve("data").toString(), "--data")
            .set("train.max_length", "32", "--max-length")
            .set("train.epochs", "1", "--epochs");
    for (int i = 0; i < settings.length; i += 2) {
      layers.set(settings[i], settings[i + 1], "--set");
    }
    return new TrainRun(layers.resolve(), environment)
        .run(directory.resolve(name), List.of("train"), () -> {}, event -> {}, () -> false)
        .orElseThrow();
  }

  @Test
  void a_training_says_how_far_it_is_above() throws IOException {
    TrainResult result = train("run", "train.max_examples", "40", "seed", "3");
    BaselineRun.Result baseline = baseline(40, 3);
    assertThat(baseline.cached()).as("the training has computed it").isTrue();
    assertThat(result.baseline()).isEqualTo(baseline.metrics());
    assertThat(result.aboveBaseline().get(Metric.ACCURACY))
        .isCloseTo(
            result.best().metrics().get(Metric.ACCURACY) - baseline.metrics().get(Metric.ACCURACY),
            within(1e-15));
    assertThat(Files.readString(directory.resolve("run/result.json")))
        .contains("\"baseline\" : {", "\"above_baseline\" : {");
  }

  @Test
  void a_training_can_leave_it_out() throws IOException {
    assertThat(train("run", "baseline", "false").baseline()).isNull();
    assertThat(directory.resolve("home/cache")).doesNotExist();
    assertThat(Files.readString(directory.resolve("run/result.json"))).doesNotContain("baseline");
  }
}
