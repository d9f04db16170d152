package io.github.tlora.run;

import io.github.tlora.Version;
import io.github.tlora.config.ConfigWriter;
import io.github.tlora.config.LogSettings;
import io.github.tlora.config.RunConfig;
import io.github.tlora.log.CsvLog;
import io.github.tlora.log.MlflowLog;
import io.github.tlora.log.RunLog;
import io.github.tlora.log.TensorBoardLog;
import io.github.tlora.train.Event;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** All the logs that a run's settings ask for, beside metrics.jsonl. */
final class RunLogs implements RunLog {
  static final String TENSORBOARD = "tensorboard";
  static final String CSV = "metrics.csv";
  static final String MLFLOW = "mlflow.json";

  static final RunLogs NONE = new RunLogs(List.of());

  private final List<RunLog> logs;

  private RunLogs(List<RunLog> logs) {
    this.logs = logs;
  }

  /**
   * Opens them.
   *
   * @param directory the run's
   * @param step steps done: 0, or those of the checkpoint from which the run goes on
   * @param warning hears in a line that a log does not take part
   */
  static RunLogs open(TrainRun run, Path directory, long step, Consumer<String> warning) {
    LogSettings settings = run.config().log();
    List<RunLog> logs = new ArrayList<>();
    if (settings.tensorboard()) {
      logs.add(new TensorBoardLog(directory.resolve(TENSORBOARD), step));
    }
    if (settings.csv()) {
      logs.add(new CsvLog(directory.resolve(CSV), run.task().metrics(), step));
    }
    if (settings.mlflow() != null) {
      MlflowLog.Start start =
          new MlflowLog.Start(
              "tlora-" + run.task().key(),
              directory.toAbsolutePath().normalize().getFileName().toString(),
              parameters(run.config()),
              tags(run),
              step);
      logs.add(
          new MlflowLog(
              settings.mlflow(), directory.resolve(MLFLOW), start, System.getenv(), warning));
    }
    return new RunLogs(logs);
  }

  private static Map<String, String> parameters(RunConfig config) {
    Map<String, String> parameters = new LinkedHashMap<>();
    ConfigWriter.toFlatMap(config).forEach((key, value) -> parameters.put(key, value.toString()));
    return parameters;
  }

  private static Map<String, String> tags(TrainRun run) {
    return Map.of(
        "tlora.version", Version.current(),
        "tlora.model", run.files().id(),
        "tlora.data", run.dataset().name(),
        "tlora.sample", Boolean.toString(run.dataset().isSample()));
  }

  @Override
  public void accept(Event event) {
    logs.forEach(log -> log.accept(event));
  }

  @Override
  public void end(String status) {
    logs.forEach(log -> log.end(status));
  }
}
