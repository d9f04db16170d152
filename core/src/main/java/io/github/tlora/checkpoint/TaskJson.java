package io.github.tlora.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.data.TableTask;
import io.github.tlora.metric.Metric;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** What an adapter remembers of a task that a file described: all but where the rows were. */
final class TaskJson {
  static final String KEY = "task_definition";

  private TaskJson() {}

  static void write(TableTask task, ObjectNode json) {
    ObjectNode node = json.putObject(KEY);
    node.put("kind", Setting.word(task.kind()));
    ObjectNode columns = node.putObject("columns");
    columns.put("text", task.columns().text());
    if (task.isPair()) {
      columns.put("pair", task.columns().pair());
    }
    columns.put("label", task.columns().label());
    node.put("header", task.header());
    task.values().forEach(node.putArray("values")::add);
    task.metrics().forEach(metric -> node.withArray("metrics").add(metric.key()));
    node.put("dev_fraction", task.devFraction());
    node.put("dev_seed", task.devSeed());
  }

  /**
   * The task, or null where {@code json} has none.
   *
   * @throws UserError exit 3 when it is damaged
   */
  static TableTask read(String name, List<String> labels, JsonNode json, Path file) {
    JsonNode node = json.path(KEY);
    if (node.isMissingNode()) {
      return null;
    }
    try {
      return new TableTask(
          name,
          one(TableTask.Kind.values(), node.path("kind").asText(), Setting::word),
          new TableTask.Columns(
              node.at("/columns/text").asText(null),
              node.at("/columns/pair").asText(null),
              node.at("/columns/label").asText(null)),
          node.path("header").asBoolean(true),
          labels,
          texts(node.path("values")),
          texts(node.path("metrics")).stream()
              .map(key -> one(Metric.values(), key, Metric::key))
              .toList(),
          null,
          node.path("dev_fraction").isNumber() ? node.path("dev_fraction").asDouble() : null,
          node.path("dev_seed").asLong());
    } catch (IllegalArgumentException e) {
      throw new UserError(UserError.Kind.FILE, file + ": " + KEY + ": " + e.getMessage(), e);
    }
  }

  private static <T> T one(T[] known, String name, Function<T, String> key) {
    return Arrays.stream(known)
        .filter(candidate -> key.apply(candidate).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "'"
                        + name
                        + "' is not one of "
                        + String.join(", ", Arrays.stream(known).map(key).toList())));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.asText()));
    return texts;
  }
}
