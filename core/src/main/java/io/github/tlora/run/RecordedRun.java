package io.github.tlora.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.config.RunConfig;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Metric;
import io.github.tlora.provenance.RunProvenance;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the directory of a run says of it, whether the run came to its end or not.
 *
 * @param outcome null where it did not
 * @param model what results call the base
 * @param data what its rows are called
 * @param isSample whether they are the bundled sample's
 * @param best the best evaluation; null where there was none
 * @param last the last one; likewise
 * @param epochs that were done
 * @param steps that were done
 */
record RecordedRun(
    Path path,
    Manifest manifest,
    RunConfig config,
    Task task,
    Outcome outcome,
    String model,
    String data,
    boolean isSample,
    TrainResult.Score best,
    TrainResult.Score last,
    double epochs,
    long steps) {

  /** The status of a run that no process is at and that could not write how it ended. */
  static final String KILLED = "killed";

  /** What is read of result.json: scores, counts, speed, memory. */
  record Outcome(
      TrainResult.Data data,
      String model,
      TrainResult.Parameters parameters,
      TrainResult.Score best,
      TrainResult.Score last,
      double examplesPerSecond,
      double tokensPerSecond,
      long peakRssBytes,
      Long peakGpuBytes) {}

  /** A line of metrics.jsonl, of a step or of an evaluation. */
  private record Line(
      long step, double epoch, Map<Metric, Double> metrics, boolean isBest, List<String> warnings) {
    TrainResult.Score score() {
      return new TrainResult.Score(step, epoch, metrics, warnings == null ? List.of() : warnings);
    }
  }

  /**
   * Reads the run in {@code path}.
   *
   * @throws UserError exit 3, in one line, when it is none or damaged
   */
  static RecordedRun read(Path path) {
    for (String file : List.of(RunDirectory.MANIFEST, RunDirectory.CONFIG)) {
      if (!Files.isRegularFile(path.resolve(file))) {
        throw UserError.file(path + ": is not the directory of a run: it has no " + file);
      }
    }
    Manifest manifest = manifest(path);
    RunConfig config =
        oneLine(() -> new Layers().file(path.resolve(RunDirectory.CONFIG)).resolve());
    Path described = path.resolve(RunDirectory.TASK);
    Task task =
        oneLine(
            () ->
                Files.isRegularFile(described)
                    ? TaskFile.read(described)
                    : TaskFile.find(config.task()));
    Path result = path.resolve(RunDirectory.RESULT);
    return Files.isRegularFile(result)
        ? complete(path, manifest, config, task, Json.read(result, Outcome.class))
        : unfinished(path, manifest, config, task);
  }

  /** Where the run came from, and how it ended. */
  static Manifest manifest(Path path) {
    Path file = path.resolve(RunDirectory.MANIFEST);
    Manifest manifest = Json.read(file, Manifest.class);
    if (manifest == null
        || manifest.sha256() == null
        || !RunList.STATUSES.contains(manifest.status())
        || manifest.started() == null) {
      throw UserError.file(file + ": is damaged: it does not say how the run went");
    }
    return manifest;
  }

  private static RecordedRun complete(
      Path path, Manifest manifest, RunConfig config, Task task, Outcome outcome) {
    if (outcome == null
        || outcome.data() == null
        || outcome.parameters() == null
        || outcome.best() == null
        || outcome.last() == null) {
      throw UserError.file(path.resolve(RunDirectory.RESULT) + ": is damaged: it has no scores");
    }
    return new RecordedRun(
        path,
        manifest,
        config,
        task,
        outcome,
        outcome.model(),
        outcome.data().name(),
        outcome.data().sample(),
        outcome.best(),
        outcome.last(),
        outcome.last().epoch(),
        outcome.last().step());
  }

  /** What metrics.jsonl tells of a run without a result. */
  private static RecordedRun unfinished(Path path, Manifest manifest, RunConfig config, Task task) {
    Map<String, String> origin = RunProvenance.read(path.resolve(RunDirectory.PROVENANCE)).items();
    String data = origin.getOrDefault("data.name", "unknown");
    TrainResult.Score best = null;
    TrainResult.Score last = null;
    Line reached = new Line(0, 0, null, false, null);
    Path metrics = path.resolve(RunDirectory.METRICS);
    if (Files.isRegularFile(metrics)) {
      try (BufferedReader lines = Files.newBufferedReader(metrics)) {
        for (String text = lines.readLine(); text != null; text = lines.readLine()) {
          reached = Json.parse(text, Line.class);
          if (reached.metrics() != null) {
            last = reached.score();
            best = best == null || reached.isBest() ? last : best;
          }
        }
      } catch (JsonProcessingException | IllegalArgumentException e) {
        // The line that is being written, or that was when the process was killed: the last one.
      } catch (IOException e) {
        throw new UserError(UserError.Kind.FILE, metrics + ": cannot be read", e);
      }
    }
    return new RecordedRun(
        path,
        manifest,
        config,
        task,
        null,
        origin.getOrDefault("weights.name", config.model().name()),
        data,
        data.equals(Dataset.SAMPLE),
        best,
        last,
        reached.epoch(),
        reached.step());
  }

  /** How it went: one of {@link RunList#STATUSES}. */
  String status() {
    return manifest.status().equals(Manifest.RUNNING) && !RunDirectory.isInUse(path)
        ? KILLED
        : manifest.status();
  }

  /** The mean of the scores that decide what is best, of the best evaluation; null without one. */
  Double score() {
    return best == null || !best.metrics().keySet().containsAll(task.bestBy())
        ? null
        : task.bestBy().stream().mapToDouble(best.metrics()::get).average().orElseThrow();
  }

  /** How long the run took; null while it runs. */
  Double seconds() {
    try {
      return manifest.ended() == null
          ? null
          : Duration.between(Instant.parse(manifest.started()), Instant.parse(manifest.ended()))
                  .toMillis()
              / 1e3;
    } catch (DateTimeException e) {
      throw new UserError(
          UserError.Kind.FILE, path.resolve(RunDirectory.MANIFEST) + ": is damaged: its times", e);
    }
  }

  private static <T> T oneLine(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (UserError e) {
      throw new UserError(UserError.Kind.FILE, e.getMessage().lines().findFirst().orElseThrow(), e);
    }
  }
}
