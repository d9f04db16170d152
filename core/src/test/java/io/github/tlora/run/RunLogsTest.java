package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.train.Event;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The logs that a run's settings ask for. */
class RunLogsTest {
  @TempDir private Path directory;
  private TinyRuns tiny;
  private Path model;

  @BeforeEach
  void write_data() {
    tiny = new TinyRuns(directory);
    tiny.writeData(20);
    model = TinyEncoder.of(Family.BERT).write(directory.resolve("model"));
  }

  private Layers layers(String... settings) {
    return tiny.layers("sst2", model, settings).set("baseline", "false", "--no-baseline");
  }

  @Test
  void a_run_writes_what_is_asked_for() throws IOException {
    Path run = tiny.train("run", layers("log.tensorboard", "true", "log.csv", "true"));
    long events = Files.readAllLines(run.resolve("metrics.jsonl")).size();
    assertThat(Files.readAllLines(run.resolve("metrics.csv"))).hasSize((int) events + 1);
    try (Stream<Path> files = Files.list(run.resolve("tensorboard"))) {
      assertThat(files).hasSize(1);
    }
    assertThat(run.resolve("mlflow.json")).doesNotExist();
  }

  @Test
  void without_them_there_is_none() {
    Path run = tiny.train("run", layers());
    assertThat(run.resolve("metrics.csv")).doesNotExist();
    assertThat(run.resolve("tensorboard")).doesNotExist();
  }

  @Test
  void a_server_that_is_not_there_does_not_stop_training() throws IOException {
    String gone;
    try (ServerSocket socket = new ServerSocket(0)) {
      gone = "http://127.0.0.1:" + socket.getLocalPort();
    }
    List<Event> heard = new ArrayList<>();
    Path run = directory.resolve("run");
    assertThat(
            new TrainRun(layers("log.mlflow", gone).resolve(), tiny.environment())
                .run(run, List.of("train"), () -> {}, heard::add, () -> false))
        .isPresent();
    List<String> warnings =
        heard.stream()
            .filter(Event.Warned.class::isInstance)
            .map(event -> ((Event.Warned) event).warning())
            .toList();
    assertThat(warnings).singleElement().asString().startsWith("log.mlflow: " + gone + ": ");
    assertThat(Files.readString(run.resolve("log.txt"))).contains("warning: " + warnings.get(0));
    assertThat(RecordedRun.manifest(run).status()).isEqualTo("complete");
  }
}
