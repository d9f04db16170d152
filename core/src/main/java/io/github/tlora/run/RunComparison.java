package io.github.tlora.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What two runs came to, side by side: scores, every loss, the bytes of the adapters. */
final class RunComparison {
  private static final JsonMapper JSON = new JsonMapper();

  private final Path before;
  private final Path now;

  RunComparison(Path before, Path now) {
    this.before = before;
    this.now = now;
  }

  /**
   * Counts of what was compared.
   *
   * @param scores of the best and the last evaluation
   * @param losses of steps and evaluations
   * @param files of the adapters
   */
  record Compared(int scores, int losses, int files, List<Difference> differences) {}

  Compared compare() {
    Map<String, String> scores = scores(now);
    List<Difference> differences = new ArrayList<>(Difference.between(scores(before), scores));
    Map<String, String> losses = losses(now);
    differences.addAll(firstAndCount(losses(before), losses));
    Map<String, String> files = Origin.adapterFiles(now);
    differences.addAll(Difference.between(Origin.adapterFiles(before), files));
    return new Compared(scores.size(), losses.size(), files.size(), differences);
  }

  /** Of many losses that differ the first one, and how many there are: one tells where it began. */
  private static List<Difference> firstAndCount(
      Map<String, String> before, Map<String, String> now) {
    List<String> items = new ArrayList<>(before.keySet());
    now.keySet().stream().filter(item -> !before.containsKey(item)).forEach(items::add);
    List<String> different =
        items.stream()
            .filter(item -> !before.getOrDefault(item, "").equals(now.get(item)))
            .toList();
    if (different.isEmpty()) {
      return List.of();
    }
    String first = different.get(0);
    return List.of(
        new Difference(
            first + ", the first of " + different.size() + " losses that differ",
            before.getOrDefault(first, "absent"),
            now.getOrDefault(first, "absent")));
  }

  private static Map<String, String> scores(Path run) {
    Map<String, String> scores = new TreeMap<>();
    Path file = run.resolve(RunDirectory.RESULT);
    JsonNode result = parse(file, read(file));
    for (String which : List.of("best", "last")) {
      scores.put(which + ".step", result.path(which).path("step").asText());
      result
          .path(which)
          .path("metrics")
          .properties()
          .forEach(score -> scores.put(which + "." + score.getKey(), score.getValue().asText()));
    }
    return scores;
  }

  /** Losses by the step they belong to, in the file's order. */
  private static Map<String, String> losses(Path run) {
    Path file = run.resolve(RunDirectory.METRICS);
    Map<String, String> losses = new LinkedHashMap<>();
    for (String line : read(file).lines().toList()) {
      JsonNode event = parse(file, line);
      String of = event.has("metrics") ? "dev loss after step " : "loss of step ";
      losses.put(of + event.path("step").asText(), event.path("loss").asText());
    }
    return losses;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE,
          file + ": cannot be read. Only a run that is complete can be compared",
          e);
    }
  }

  private static JsonNode parse(Path file, String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UserError(UserError.Kind.FILE, file + ": is damaged: it is not JSON", e);
    }
  }
}
