package io.github.tlora.log;

import io.github.tlora.metric.Metric;
import io.github.tlora.tensor.AtomicFile;
import io.github.tlora.train.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A table for spreadsheets: a row a step or an evaluation, what it has not is empty. */
public final class CsvLog implements RunLog {
  private final List<String> columns;
  private final Writer file;

  /**
   * Opens {@code path}.
   *
   * @param metrics the task's
   * @param step steps done: the rows of later ones, which a run that goes on makes anew, are taken
   *     out
   */
  public CsvLog(Path path, List<Metric> metrics, long step) {
    columns =
        Stream.concat(
                Stream.of("loss", "learning_rate", "grad_norm", "examples_per_second", "dev/loss"),
                metrics.stream().map(metric -> "dev/" + metric.key()))
            .toList();
    try {
      String header = "step,epoch," + String.join(",", columns).replace('/', '_');
      List<String> kept = new ArrayList<>(List.of(header));
      if (step > 0 && Files.exists(path)) {
        Files.readAllLines(path).stream()
            .skip(1)
            .filter(row -> isUntil(step, row))
            .forEach(kept::add);
      }
      AtomicFile.write(path, String.join("\n", kept) + "\n");
      file = Files.newBufferedWriter(path, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a row is whole, and of a step that was done. */
  private boolean isUntil(long step, String row) {
    String[] cells = row.split(",", -1);
    return cells.length == columns.size() + 2
        && cells[0].matches("\\d{1,18}")
        && Long.parseLong(cells[0]) <= step;
  }

  @Override
  public void accept(Event event) {
    Map<String, Double> scalars = Scalars.of(event);
    if (scalars.isEmpty()) {
      return;
    }
    try {
      file.write(
          event.step()
              + ","
              + event.epoch()
              + ","
              + columns.stream()
                  .map(column -> scalars.containsKey(column) ? scalars.get(column).toString() : "")
                  .collect(Collectors.joining(","))
              + "\n");
      file.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void end(String status) {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
