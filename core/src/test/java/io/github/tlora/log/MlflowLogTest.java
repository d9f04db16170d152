package io.github.tlora.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.tlora.train.Event;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a tracking server is asked, and that training does not depend on it. */
@Timeout(60)
class MlflowLogTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path directory;
  private HttpServer server;
  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private volatile boolean hasExperiment;
  private final AtomicInteger refusals = new AtomicInteger();

  private record Asked(String path, String authorization, JsonNode body) {}

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/api/2.0/mlflow/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String uri() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().toString().replaceFirst(".*/mlflow/", "");
    asked.add(
        new Asked(
            path,
            exchange.getRequestHeaders().getFirst("Authorization"),
            JSON.readTree(exchange.getRequestBody().readAllBytes())));
    if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      reply(exchange, 503, "{\"message\": \"busy\\nand more\"}");
    } else if (path.startsWith("experiments/get-by-name") && !hasExperiment) {
      reply(exchange, 404, "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\"}");
    } else {
      reply(
          exchange,
          200,
          path.startsWith("experiments/get")
              ? "{\"experiment\": {\"experiment_id\": \"7\"}}"
              : path.equals("experiments/create")
                  ? "{\"experiment_id\": \"8\"}"
                  : path.equals("runs/create")
                      ? "{\"run\": {\"info\": {\"run_id\": \"r1\"}}}"
                      : "{}");
    }
  }

  private static void reply(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private MlflowLog log(String uri, long step, Map<String, String> variables) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < 150; i++) {
      parameters.put("train.key" + i, "x".repeat(i == 0 ? 9000 : 1));
    }
    return new MlflowLog(
        uri,
        directory.resolve("mlflow.json"),
        new MlflowLog.Start("tlora-sst2", "my-run", parameters, Map.of("tag", "value"), step),
        variables,
        warnings::add);
  }

  private List<String> paths() {
    return asked.stream().map(Asked::path).toList();
  }

  private List<JsonNode> metrics() {
    List<JsonNode> metrics = new ArrayList<>();
    asked.forEach(request -> request.body().path("metrics").forEach(metrics::add));
    return metrics;
  }

  @Test
  void a_run_is_made_told_of_and_ended() {
    MlflowLog log = log(uri(), 0, Map.of());
    log.accept(TensorBoardLogTest.STEP);
    log.accept(TensorBoardLogTest.DEV);
    log.end("complete");
    assertThat(paths())
        .startsWith(
            "experiments/get-by-name?experiment_name=tlora-sst2",
            "experiments/create",
            "runs/create",
            "runs/log-batch",
            "runs/log-batch")
        .endsWith("runs/update");
    JsonNode made = asked.get(2).body();
    assertThat(made.path("experiment_id").asText()).isEqualTo("8");
    assertThat(made.path("run_name").asText()).isEqualTo("my-run");
    assertThat(made.at("/tags/0/key").asText()).isEqualTo("tag");
    assertThat(asked.get(3).body().path("params")).hasSize(100);
    assertThat(asked.get(3).body().at("/params/0/value").asText()).hasSize(500);
    assertThat(asked.get(4).body().path("params")).hasSize(50);
    assertThat(metrics())
        .extracting(metric -> metric.path("key").asText())
        .containsExactly(
            "loss",
            "learning_rate",
            "grad_norm",
            "examples_per_second",
            "dev/loss",
            "dev/accuracy");
    assertThat(metrics().get(0).path("value").asDouble()).isEqualTo(0.75);
    assertThat(metrics().get(0).path("step").asLong()).isEqualTo(1);
    assertThat(metrics().get(0).path("timestamp").asLong()).isGreaterThan(1_700_000_000_000L);
    JsonNode end = asked.get(asked.size() - 1).body();
    assertThat(end.path("run_id").asText()).isEqualTo("r1");
    assertThat(end.path("status").asText()).isEqualTo("FINISHED");
    assertThat(end.path("end_time").asLong()).isGreaterThan(1_700_000_000_000L);
    assertThat(warnings).isEmpty();
  }

  @Test
  void an_experiment_that_exists_is_taken_and_a_run_goes_on_as_itself() {
    hasExperiment = true;
    log(uri(), 0, Map.of()).end("interrupted");
    assertThat(paths()).doesNotContain("experiments/create");
    assertThat(asked.get(1).body().path("experiment_id").asText()).isEqualTo("7");
    assertThat(asked.get(asked.size() - 1).body().path("status").asText()).isEqualTo("KILLED");
    asked.clear();
    MlflowLog again = log(uri(), 5, Map.of());
    again.accept(TensorBoardLogTest.DEV);
    again.end("failed");
    assertThat(paths()).containsExactly("runs/update", "runs/log-batch", "runs/update");
    assertThat(asked.get(0).body().path("status").asText()).isEqualTo("RUNNING");
    assertThat(asked.get(2).body().path("status").asText()).isEqualTo("FAILED");
  }

  @Test
  void what_fails_is_told_once_and_sent_later() {
    refusals.set(1);
    MlflowLog log = log(uri(), 0, Map.of());
    log.accept(TensorBoardLogTest.DEV);
    log.accept(TensorBoardLogTest.DEV);
    log.end("complete");
    assertThat(warnings)
        .containsExactly(
            "log.mlflow: "
                + uri()
                + ": the server answers 503: busy. Training goes on; metrics.jsonl has everything");
    assertThat(metrics()).hasSize(4);
    assertThat(paths()).endsWith("runs/update");
  }

  @Test
  void without_a_server_there_is_one_warning() {
    String gone = uri();
    server.stop(0);
    MlflowLog log = log(gone, 0, Map.of());
    for (int i = 0; i < 3000; i++) {
      log.accept(TensorBoardLogTest.STEP);
    }
    log.accept(TensorBoardLogTest.DEV);
    log.end("complete");
    assertThat(warnings).singleElement().asString().startsWith("log.mlflow: " + gone + ": ");
  }

  @Test
  void a_token_that_cannot_be_sent_is_a_warning_too() {
    MlflowLog log = log(uri(), 0, Map.of("MLFLOW_TRACKING_TOKEN", "secret\nb"));
    log.accept(TensorBoardLogTest.DEV);
    log.end("complete");
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("log.mlflow: " + uri() + ": ")
        .doesNotContain("secret");
    assertThat(asked).isEmpty();
  }

  @Test
  void many_steps_go_in_batches() {
    MlflowLog log = log(uri(), 0, Map.of());
    for (int i = 1; i <= 2000; i++) {
      log.accept(new Event.Stepped(i, 0.5, i, 1e-3, null, 64, 512, 9));
    }
    log.end("complete");
    assertThat(metrics()).hasSize(3 * 2000);
    assertThat(metrics().stream().filter(metric -> metric.path("key").asText().equals("loss")))
        .extracting(metric -> metric.path("value").asLong())
        .isSorted()
        .doesNotHaveDuplicates();
    assertThat(asked).hasSizeLessThan(50);
    assertThat(asked)
        .allSatisfy(
            request -> assertThat(request.body().path("metrics")).hasSizeLessThanOrEqualTo(1000));
  }

  @Test
  void mlflows_own_variables_name_the_user() {
    log(uri(), 0, Map.of("MLFLOW_TRACKING_USERNAME", "a", "MLFLOW_TRACKING_PASSWORD", "b"))
        .end("complete");
    assertThat(asked).allMatch(request -> request.authorization().equals("Basic YTpi"));
    asked.clear();
    log(uri(), 0, Map.of("MLFLOW_TRACKING_TOKEN", "t")).end("complete");
    assertThat(asked).allMatch(request -> request.authorization().equals("Bearer t"));
  }
}
