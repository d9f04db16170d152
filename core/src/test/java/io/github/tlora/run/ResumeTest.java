package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.metric.Metric;
import io.github.tlora.train.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run that was stopped and goes on comes to the same bytes as one that was not. */
class ResumeTest {
  @TempDir Path directory;
  private TinyRuns runs;

  @BeforeEach
  void write_model_and_data() {
    runs = new TinyRuns(directory);
    runs.writeData(20);
    TinyEncoder.of(Family.BERT).withDropout(0.1).write(directory.resolve("model"));
  }

  /** Ten steps, five an epoch, with everything on that a step's bits depend on. */
  private Layers layers(String... more) {
    Layers layers =
        runs.layers(
            "sst2",
            directory.resolve("model"),
            "train.epochs",
            "2",
            "train.batch_size",
            "4",
            "train.accumulation_steps",
            "2",
            "train.max_grad_norm",
            "0.5",
            "train.schedule",
            "cosine",
            "threads",
            "2");
    for (int i = 0; i < more.length; i += 2) {
      layers.set(more[i], more[i + 1], "--set");
    }
    return layers;
  }

  private TrainRun run(Layers layers) {
    return new TrainRun(layers.resolve(), runs.environment());
  }

  /** Trains until it is told to stop after {@code steps} steps. */
  private Path stopped(String name, int steps, Layers layers) {
    AtomicLong done = new AtomicLong();
    Path run = directory.resolve(name);
    assertThat(
            run(layers)
                .run(
                    run,
                    List.of("train"),
                    () -> {},
                    event -> done.set(event.step()),
                    () -> done.get() == steps))
        .isEmpty();
    assertThat(done).hasValue(steps);
    return run;
  }

  private Optional<TrainResult> resume(Path run, Layers layers) {
    return run(layers)
        .resume(run, List.of("train", "--resume"), () -> {}, event -> {}, () -> false);
  }

  private static Layers of(Path run) {
    return new Layers().file(run.resolve("config.yaml"));
  }

  private static JsonNode json(Path file) throws IOException {
    return new JsonMapper().readTree(file.toFile());
  }

  private static String losses(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.jsonl")).stream()
        .map(line -> line.replaceAll(",\"(examples|tokens|seconds)_[a-z_]+\":[0-9.Ee+-]+", ""))
        .collect(Collectors.joining("\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "tlora, 0",
    "tlora, 1",
    "tlora, 5",
    "tlora, 7",
    "lora, 3",
    "dora, 6",
    "lora-xs, 4",
    "vera, 4",
    "bitfit, 4",
    "full, 6",
    "houlsby, 9",
    "prefix-layer, 2"
  })
  void the_bytes_are_those_of_a_run_that_was_not_stopped(String method, int steps)
      throws IOException {
    String[] settings = {"adapter.method", method};
    Path whole = runs.train("whole", layers(settings));
    Path parts = stopped("parts", steps, layers(settings));
    assertThat(json(parts.resolve("manifest.json")).path("status").asText())
        .isEqualTo("interrupted");
    TrainResult result = resume(parts, of(parts)).orElseThrow();

    Map<String, String> hashes = Origin.adapterFiles(whole);
    assertThat(hashes).hasSizeGreaterThanOrEqualTo(6);
    assertThat(Origin.adapterFiles(parts)).isEqualTo(hashes);
    assertThat(losses(parts)).isEqualTo(losses(whole));
    assertThat(Files.readString(parts.resolve("predictions/dev.tsv")))
        .isEqualTo(Files.readString(whole.resolve("predictions/dev.tsv")));
    JsonNode wanted = json(whole.resolve("result.json"));
    assertThat(json(parts.resolve("result.json")).path("best")).isEqualTo(wanted.path("best"));
    assertThat(result.last().metrics().get(Metric.ACCURACY))
        .isEqualTo(wanted.at("/last/metrics/accuracy").asDouble());
    JsonNode manifest = json(parts.resolve("manifest.json"));
    assertThat(manifest.path("status").asText()).isEqualTo("complete");
    assertThat(manifest.at("/resumed/0/step").asInt()).isEqualTo(steps);
  }

  /** Without the speed, which is the sixth column. */
  private static List<String> csv(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.csv")).stream()
        .map(line -> line.replaceFirst("^((?:[^,]*,){5})[^,]*", "$1"))
        .toList();
  }

  @Test
  void logs_go_on_where_the_state_was_saved() throws IOException {
    String[] settings = {"log.csv", "true", "log.tensorboard", "true"};
    Path whole = runs.train("whole", layers(settings));
    Path parts = stopped("parts", 7, layers(settings));
    resume(parts, of(parts));
    assertThat(csv(parts)).isEqualTo(csv(whole)).hasSize(1 + 10 + 2);
    try (Stream<Path> files = Files.list(parts.resolve("tensorboard"))) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void a_run_may_be_stopped_again_and_again() {
    Path whole = runs.train("whole", layers());
    Path parts = stopped("parts", 2, layers());
    for (int i = 0; i < 3; i++) {
      int[] asked = {0};
      assertThat(
              run(of(parts)).resume(parts, List.of(), () -> {}, event -> {}, () -> asked[0]++ == 2))
          .isEmpty();
    }
    assertThat(resume(parts, of(parts))).isPresent();
    assertThat(Origin.adapterFiles(parts)).isEqualTo(Origin.adapterFiles(whole));
  }

  /** Killed after it had begun to write the next state, with a line cut short. */
  @Test
  void a_run_that_was_killed_goes_on_from_what_it_saved() throws IOException {
    Path whole = runs.train("whole", layers("train.checkpoints.steps", "3"));
    Path killed = stopped("killed", 3, layers("train.checkpoints.steps", "3"));
    Path manifest = killed.resolve("manifest.json");
    Files.writeString(manifest, Files.readString(manifest).replace("interrupted", "running"));
    Files.writeString(
        killed.resolve("metrics.jsonl"),
        "{\"step\":4,\"loss\":1}\n{\"step\":5,\"lo",
        StandardOpenOption.APPEND);
    Files.move(killed.resolve("last"), killed.resolve(".last.old"));
    Files.createDirectory(killed.resolve(".last.part"));
    assertThat(resume(killed, of(killed))).isPresent();
    assertThat(Origin.adapterFiles(killed)).isEqualTo(Origin.adapterFiles(whole));
    assertThat(losses(killed)).isEqualTo(losses(whole));
    assertThat(killed.resolve(".last.old")).doesNotExist();
  }

  @Test
  void the_newest_states_are_kept() throws IOException {
    Path run =
        runs.train("run", layers("train.checkpoints.steps", "2", "train.checkpoints.keep", "2"));
    assertThat(run.resolve("checkpoints"))
        .isDirectoryContaining("glob:**/step-8")
        .isDirectoryContaining("glob:**/step-10")
        .isDirectoryNotContaining("glob:**/step-6");
    assertThat(json(run.resolve("checkpoints/step-8/state.json")).path("step").asInt())
        .isEqualTo(8);
    try (LoadedAdapter adapter =
        LoadedAdapter.open(run.resolve("checkpoints/step-8"), null, runs.environment())) {
      assertThat(adapter.config().task()).isEqualTo("sst2");
    }
  }

  @Test
  void patience_counts_on_over_an_interruption() throws IOException {
    String[] settings = {
      "train.epochs", "9", "train.evaluation.patience", "3", "train.learning_rate", "0"
    };
    Path whole = runs.train("whole", layers(settings));
    Path parts = stopped("parts", 12, layers(settings));
    TrainResult result = resume(parts, of(parts)).orElseThrow();
    assertThat(json(whole.resolve("result.json")).path("ended_by").asText()).isEqualTo("patience");
    assertThat(json(parts.resolve("result.json")).path("ended_by").asText()).isEqualTo("patience");
    assertThat(result.last().step()).isEqualTo(20);
    assertThat(Origin.adapterFiles(parts)).isEqualTo(Origin.adapterFiles(whole));
  }

  @Test
  void more_patience_lets_a_run_go_on_that_ended_for_want_of_it() {
    Layers layers =
        layers("train.epochs", "9", "train.evaluation.patience", "1", "train.learning_rate", "0");
    Path run = runs.train("run", layers);
    assertRefused(UserError.Kind.USAGE, "Give more --patience than 1", () -> resume(run, of(run)));
    TrainResult result =
        resume(run, of(run).set("train.evaluation.patience", "2", "--patience")).orElseThrow();
    assertThat(result.last().step()).isEqualTo(15);
  }

  /** Killed after its last state was saved, before its result was. */
  @Test
  void a_run_that_had_but_its_result_to_write_writes_it() throws IOException {
    Path run = runs.train("run", layers());
    JsonNode wanted = json(run.resolve("result.json"));
    Files.delete(run.resolve("result.json"));
    Path manifest = run.resolve("manifest.json");
    Files.writeString(manifest, Files.readString(manifest).replace("complete", "running"));
    assertThat(resume(run, of(run))).isPresent();
    JsonNode result = json(run.resolve("result.json"));
    assertThat(result.path("best")).isEqualTo(wanted.path("best"));
    assertThat(result.path("last")).isEqualTo(wanted.path("last"));
    assertThat(result.path("examples_per_second").asDouble(-1)).isZero();
  }

  private static void assertRefused(UserError.Kind kind, String message, Runnable resumed) {
    assertThatThrownBy(resumed::run)
        .isInstanceOfSatisfying(UserError.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(message);
  }

  @Test
  void a_complete_run_does_not_go_on() {
    Path run = runs.train("run", layers());
    assertRefused(UserError.Kind.USAGE, "is complete", () -> resume(run, of(run)));
  }

  @Test
  void other_settings_are_refused_but_for_those_that_change_no_step() throws IOException {
    Path run = stopped("run", 3, layers());
    assertRefused(
        UserError.Kind.USAGE,
        "train.epochs was 2, would be 3",
        () -> resume(run, of(run).set("train.epochs", "3", "--epochs")));
    assertThat(resume(run, of(run).set("train.max_time", "1h", "--max-time"))).isPresent();
    assertThat(Files.readString(run.resolve("config.yaml"))).contains("max_time: 1h");
  }

  @Test
  void other_rows_are_refused() throws IOException {
    Path run = stopped("run", 3, layers());
    Path rows = directory.resolve("sst2/train.tsv");
    Files.writeString(rows, Files.readString(rows).replaceFirst("\t1\n", "\t0\n"));
    assertRefused(
        UserError.Kind.USAGE,
        "the training rows are not those that the run began with",
        () -> resume(run, of(run)));
  }

  @Test
  void a_run_that_is_being_trained_is_left_alone() {
    Path run = directory.resolve("run");
    boolean[] asked = {false};
    run(layers())
        .run(
            run,
            List.of(),
            () -> {},
            event -> {
              if (event instanceof Event.Evaluated && !asked[0]) {
                asked[0] = true;
                assertThat(RunDirectory.isInUse(run)).isTrue();
                assertRefused(
                    UserError.Kind.USAGE,
                    "another process is training in it",
                    () -> resume(run, of(run)));
              }
            },
            () -> false);
    assertThat(asked[0]).isTrue();
    assertThat(RunDirectory.isInUse(run)).isFalse();
  }

  @Test
  void what_is_no_run_is_refused() {
    assertRefused(
        UserError.Kind.FILE,
        "is not a run directory",
        () -> RunDirectory.configOf(directory.resolve("sst2")));
  }

  @ParameterizedTest
  @CsvSource({"tlora", "lora-xs", "bitfit"})
  void seeds_on_one_base_come_to_the_bytes_of_each_alone(String method) throws IOException {
    Layers layers = layers("adapter.method", method);
    SeedsRun.Result result =
        new SeedsRun(layers.resolve(), List.of(3L, 1L, 2L), runs.environment())
            .run(directory.resolve("all"), List.of("train"), plan -> {}, event -> {}, () -> false)
            .orElseThrow();
    assertThat(result.runs()).extracting(TrainResult::seed).containsExactly(3L, 1L, 2L);
    double sum = 0;
    for (int seed = 1; seed <= 3; seed++) {
      Path alone = runs.train("s" + seed, layers("adapter.method", method, "seed", "" + seed));
      assertThat(Origin.adapterFiles(directory.resolve("all/s" + seed)))
          .isEqualTo(Origin.adapterFiles(alone));
      sum += json(alone.resolve("result.json")).at("/best/metrics/accuracy").asDouble();
    }
    SeedsRun.Summary best = result.best().get(Metric.ACCURACY);
    assertThat(best.mean()).isEqualTo(sum / 3);
    assertThat(best.median()).isBetween(best.min(), best.max());
  }

  @Test
  void the_spread_of_seeds_is_that_of_a_sample() {
    SeedsRun.Summary summary = SeedsRun.Summary.of(new double[] {0.5, 0.75, 0.25, 1});
    assertThat(summary.median()).isEqualTo(0.625);
    assertThat(summary.mean()).isEqualTo(0.625);
    assertThat(summary.sd()).isEqualTo(Math.sqrt(0.3125 / 3));
    assertThat(summary.min()).isEqualTo(0.25);
    assertThat(summary.max()).isEqualTo(1);
  }
}
