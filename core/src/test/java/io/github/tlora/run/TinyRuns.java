package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyTask;
import java.nio.file.Path;
import java.util.List;

/**
 * Short trainings of tiny encoders, from files to files, whose runs stand beside their data.
 *
 * @param directory where data, models and runs are
 */
record TinyRuns(Path directory) {
  Environment environment() {
    return new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
  }

  /** Writes rows of three tasks: of one text, of two, and of numbers. */
  void writeData(int sst2DevRows) {
    TinyTask.writeSst2(directory.resolve("sst2"), 40, sst2DevRows);
    TinyTask.writeRte(directory.resolve("rte"), 40, 20);
    TinyTask.writeStsb(directory.resolve("stsb"), 40, 20);
  }

  /** A configuration of one epoch of the task's rows, with further settings by key and value. */
  Layers layers(String task, Path model, String... settings) {
    Layers layers =
        new Layers()
            .set("task", task, "--task")
            .set("model", model.toString(), "--model")
            .set("data", directory.resolve(task).toString(), "--data")
            .set("train.max_length", "32", "--max-length")
            .set("train.epochs", "1", "--epochs")
            .set("train.learning_rate", "0.02", "--learning-rate");
    for (int i = 0; i < settings.length; i += 2) {
      layers.set(settings[i], settings[i + 1], "--set");
    }
    return layers;
  }

  /** A seed that is the run's own. */
  static String seedOf(String name) {
    return Integer.toString(Math.floorMod(name.hashCode(), 100));
  }

  /** Trains to the end, into the directory {@code name}. */
  Path train(String name, Layers layers) {
    Path run = directory.resolve(name);
    assertThat(
            new TrainRun(layers.resolve(), environment())
                .run(run, List.of("train"), () -> {}, event -> {}, () -> false))
        .isPresent();
    return run;
  }
}
