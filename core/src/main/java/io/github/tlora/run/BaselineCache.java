package io.github.tlora.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import io.github.tlora.baseline.Baseline;
import io.github.tlora.data.Example;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Metric;
import io.github.tlora.tensor.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Scores of the baseline that were computed before, by a hash of the rows. */
final class BaselineCache {
  private final Path file;
  private final Set<Metric> metrics = EnumSet.noneOf(Metric.class);

  /** What is kept. */
  record Entry(Map<Metric, Double> metrics, List<String> warnings, double seconds) {}

  /**
   * The place of these rows.
   *
   * @param home {@code $TLORA_HOME}
   */
  BaselineCache(Path home, Task task, List<Example> train, Map<String, List<Example>> dev) {
    dev.keySet().forEach(split -> metrics.addAll(task.metrics(split)));
    String name = task.key() + "-" + hash(task, train, dev) + ".json";
    file = home.resolve("cache").resolve("baseline").resolve(name);
  }

  private static String hash(Task task, List<Example> train, Map<String, List<Example>> dev) {
    MessageDigest digest = Sha256.start();
    feed(digest, Baseline.VERSION + "\n" + task.key() + "\n" + task.labels() + task.metrics());
    feed(digest, Task.TRAIN, train);
    dev.forEach((split, rows) -> feed(digest, split, rows));
    return Sha256.hex(digest);
  }

  private static void feed(MessageDigest digest, String split, List<Example> rows) {
    feed(digest, "\n" + split + " " + rows.size());
    rows.forEach(row -> feed(digest, "\n" + row));
  }

  private static void feed(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
  }

  /** What was kept; empty where there is nothing, or nothing that can be used. */
  Optional<Entry> read() {
    try {
      JsonNode kept = new JsonMapper().readTree(Files.readAllBytes(file));
      Map<Metric, Double> scores = new EnumMap<>(Metric.class);
      for (Metric metric : metrics) {
        if (!kept.path("metrics").path(metric.key()).isNumber()) {
          return Optional.empty();
        }
        scores.put(metric, kept.path("metrics").path(metric.key()).asDouble());
      }
      List<String> warnings = new ArrayList<>();
      kept.path("warnings").forEach(warning -> warnings.add(warning.asText()));
      return Optional.of(new Entry(scores, warnings, kept.path("seconds").asDouble()));
    } catch (IOException e) {
      return Optional.empty(); // not there, or damaged: it is computed again
    }
  }

  /** Keeps {@code entry} where that is possible. */
  Entry keep(Entry entry) {
    try {
      Files.createDirectories(file.getParent());
      AtomicFile.write(file, Json.pretty(entry) + "\n");
    } catch (IOException | UserError e) {
      // A cache that cannot be written costs seconds next time, and must not cost a finished run.
    }
    return entry;
  }
}
