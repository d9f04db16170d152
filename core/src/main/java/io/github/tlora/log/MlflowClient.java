package io.github.tlora.log;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The part of MLflow's REST API 2.0 that a run needs. */
final class MlflowClient {
  /** A batch may have so many parameters, and so many metrics. */
  static final int MOST_PARAMETERS = 100;

  static final int MOST_METRICS = 1000;

  private static final int LONGEST_VALUE = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final JsonMapper JSON = new JsonMapper();

  private final String api;
  private final Optional<String> authorization;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  /**
   * A metric's value.
   *
   * @param millis since 1970
   */
  record Point(String key, double value, long millis, long step) {}

  /**
   * A client of the server at {@code uri}.
   *
   * @param variables of the environment: MLflow's own for a name and password, or a token
   */
  MlflowClient(String uri, Map<String, String> variables) {
    api = uri.replaceAll("/+$", "") + "/api/2.0/mlflow/";
    String token = variables.get("MLFLOW_TRACKING_TOKEN");
    String user = variables.get("MLFLOW_TRACKING_USERNAME");
    String both = user + ":" + variables.getOrDefault("MLFLOW_TRACKING_PASSWORD", "");
    authorization =
        token != null
            ? Optional.of("Bearer " + token)
            : Optional.ofNullable(user)
                .map(
                    name ->
                        "Basic "
                            + Base64.getEncoder()
                                .encodeToString(both.getBytes(StandardCharsets.UTF_8)));
  }

  /** The id of the experiment called {@code name}, which is made if need be. */
  String experiment(String name) throws IOException {
    String query = "?experiment_name=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
    HttpResponse<String> found = send(request("experiments/get-by-name" + query).GET());
    return found.statusCode() == 404
        ? post("experiments/create", JSON.createObjectNode().put("name", name))
            .path("experiment_id")
            .asText()
        : answer(found).at("/experiment/experiment_id").asText();
  }

  /** Begins a run, and returns its id. */
  String createRun(String experiment, String name, Map<String, String> tags, long millis)
      throws IOException {
    ObjectNode body =
        JSON.createObjectNode()
            .put("experiment_id", experiment)
            .put("run_name", name)
            .put("start_time", millis);
    pairs(body.putArray("tags"), tags);
    JsonNode id = post("runs/create", body).at("/run/info/run_id");
    if (!id.isTextual()) {
      throw new IOException("the server's answer has no run_id");
    }
    return id.asText();
  }

  void logParameters(String run, Map<String, String> parameters) throws IOException {
    ObjectNode body = JSON.createObjectNode().put("run_id", run);
    pairs(body.putArray("params"), parameters);
    post("runs/log-batch", body);
  }

  void logMetrics(String run, List<Point> points) throws IOException {
    ObjectNode body = JSON.createObjectNode().put("run_id", run);
    ArrayNode metrics = body.putArray("metrics");
    for (Point point : points) {
      metrics
          .addObject()
          .put("key", point.key())
          .put("value", point.value())
          .put("timestamp", point.millis())
          .put("step", point.step());
    }
    post("runs/log-batch", body);
  }

  /**
   * Sets how the run goes.
   *
   * @param status one of MLflow's: RUNNING, FINISHED, FAILED, KILLED
   */
  void update(String run, String status, Long endMillis) throws IOException {
    ObjectNode body = JSON.createObjectNode().put("run_id", run).put("status", status);
    if (endMillis != null) {
      body.put("end_time", endMillis);
    }
    post("runs/update", body);
  }

  private static void pairs(ArrayNode array, Map<String, String> pairs) {
    pairs.forEach(
        (key, value) -> {
          String cut = value.substring(0, Math.min(value.length(), LONGEST_VALUE));
          array.addObject().put("key", key).put("value", cut);
        });
  }

  private JsonNode post(String path, ObjectNode body) throws IOException {
    return answer(
        send(
            request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()))));
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api + path)).timeout(PATIENCE);
    authorization.ifPresent(value -> request.header("Authorization", value));
    return request;
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("was interrupted", e);
    }
  }

  private static JsonNode answer(HttpResponse<String> response) throws IOException {
    if (response.statusCode() != 200) {
      String said = message(response.body());
      throw new IOException(
          "the server answers " + response.statusCode() + (said.isEmpty() ? "" : ": " + said));
    }
    try {
      return JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      throw new IOException("the server's answer is not JSON", e);
    }
  }

  /** The first line of what MLflow says is wrong. */
  private static String message(String body) {
    try {
      return JSON.readTree(body).path("message").asText().lines().findFirst().orElse("");
    } catch (JsonProcessingException e) {
      return "";
    }
  }
}
