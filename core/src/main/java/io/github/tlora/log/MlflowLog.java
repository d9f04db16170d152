package io.github.tlora.log;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.log.MlflowClient.Point;
import io.github.tlora.tensor.AtomicFile;
import io.github.tlora.train.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A run on an MLflow tracking server. A thread of its own talks to the server, so that training
 * neither waits for it nor fails with it: what cannot be sent is tried again with what comes next,
 * and told once.
 */
public final class MlflowLog implements RunLog {
  private static final int BATCH = 500;

  /** Some hours of steps; a server that is away for longer misses the oldest. */
  private static final int MOST_UNSENT = 100_000;

  private static final long FLUSH_NANOS = Duration.ofSeconds(10).toNanos();
  private static final Duration LAST_WORDS = Duration.ofSeconds(15);
  private static final JsonMapper JSON = new JsonMapper();

  private final String uri;
  private final Path file;
  private final Start start;
  private final MlflowClient client;
  private final Consumer<String> warning;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread made = new Thread(work, "mlflow");
            made.setDaemon(true);
            return made;
          });
  private final Deque<Point> unsent = new ArrayDeque<>();
  private final AtomicBoolean isDue = new AtomicBoolean();
  private long flushed = System.nanoTime();
  private boolean isWarned;
  private String run; // the thread's own, as its id there
  private volatile String trouble;

  /**
   * What the server is told of the run.
   *
   * @param step steps done; a run that goes on does so on the server too
   */
  public record Start(
      String experiment,
      String name,
      Map<String, String> parameters,
      Map<String, String> tags,
      long step) {}

  /**
   * Begins to talk to the server at {@code uri}.
   *
   * @param file where the run's id on the server is kept
   * @param warning hears in a line, on the thread of training, that the server does not take part
   */
  public MlflowLog(
      String uri, Path file, Start start, Map<String, String> variables, Consumer<String> warning) {
    this.uri = uri;
    this.file = file;
    this.start = start;
    this.client = new MlflowClient(uri, variables);
    this.warning = warning;
    sendSoon();
  }

  private void sendSoon() {
    if (isDue.compareAndSet(false, true)) {
      thread.execute(
          () -> {
            isDue.set(false);
            send();
          });
    }
  }

  @Override
  public void accept(Event event) {
    long now = System.currentTimeMillis();
    int waiting;
    synchronized (unsent) {
      Scalars.of(event)
          .forEach((key, value) -> unsent.add(new Point(key, value, now, event.step())));
      while (unsent.size() > MOST_UNSENT) {
        unsent.remove();
      }
      waiting = unsent.size();
    }
    if (event instanceof Event.Evaluated
        || (waiting >= BATCH && trouble == null)
        || System.nanoTime() - flushed > FLUSH_NANOS) {
      flushed = System.nanoTime();
      sendSoon();
    }
    warn();
  }

  @Override
  public void end(String status) {
    thread.execute(
        () -> {
          send();
          finish(status);
        });
    thread.shutdown();
    try {
      if (!thread.awaitTermination(LAST_WORDS.toSeconds(), TimeUnit.SECONDS)) {
        thread.shutdownNow();
        trouble = trouble == null ? "the server does not answer" : trouble;
      }
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
    warn();
  }

  private void warn() {
    if (trouble != null && !isWarned) {
      isWarned = true;
      warning.accept(
          "log.mlflow: "
              + uri
              + ": "
              + trouble
              + ". Training goes on; metrics.jsonl has everything");
    }
  }

  /** On the thread: sends what waits; what fails waits on. */
  private void send() {
    try {
      if (run == null) {
        begin();
      }
      for (List<Point> batch = batch(); !batch.isEmpty(); batch = batch()) {
        client.logMetrics(run, batch);
        synchronized (unsent) {
          batch.forEach(unsent::remove); // the first ones, unless they were too many meanwhile
        }
      }
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
  }

  private List<Point> batch() {
    synchronized (unsent) {
      return unsent.stream().limit(MlflowClient.MOST_METRICS).toList();
    }
  }

  private void begin() throws IOException {
    Optional<String> before = start.step() > 0 ? before() : Optional.empty();
    if (before.isPresent()) {
      client.update(before.get(), "RUNNING", null);
      run = before.get();
      return;
    }
    String experiment = client.experiment(start.experiment());
    String id =
        client.createRun(experiment, start.name(), start.tags(), System.currentTimeMillis());
    AtomicFile.write(
        file,
        JSON.createObjectNode()
                .put("uri", uri)
                .put("experiment_id", experiment)
                .put("run_id", id)
                .toPrettyString()
            + "\n");
    run = id;
    List<Map.Entry<String, String>> all = new ArrayList<>(start.parameters().entrySet());
    for (int i = 0; i < all.size(); i += MlflowClient.MOST_PARAMETERS) {
      Map<String, String> part = new LinkedHashMap<>();
      all.subList(i, Math.min(all.size(), i + MlflowClient.MOST_PARAMETERS))
          .forEach(entry -> part.put(entry.getKey(), entry.getValue()));
      client.logParameters(id, part);
    }
  }

  /** The id of the run on this server before it went on. */
  private Optional<String> before() throws IOException {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    JsonNode kept = JSON.readTree(Files.readString(file));
    return uri.equals(kept.path("uri").asText())
        ? Optional.ofNullable(kept.path("run_id").textValue())
        : Optional.empty();
  }

  private void finish(String status) {
    if (run == null) {
      return;
    }
    String theirs =
        switch (status) {
          case "complete" -> "FINISHED";
          case "interrupted" -> "KILLED";
          default -> "FAILED";
        };
    try {
      client.update(run, theirs, System.currentTimeMillis());
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
  }

  private void fail(Exception e) {
    // Of others the message may quote what was sent, a password too.
    boolean isTellable =
        e.getMessage() != null && (e instanceof IOException || e instanceof UserError);
    String said =
        isTellable
            ? e.getMessage()
            : e instanceof IOException ? "cannot be reached" : "cannot be asked";
    trouble = said.lines().findFirst().orElse("cannot be asked");
  }
}
