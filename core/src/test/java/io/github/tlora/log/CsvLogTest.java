package io.github.tlora.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.metric.Metric;
import io.github.tlora.train.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One row a step or an evaluation under a fixed header. */
class CsvLogTest {
  private static final String HEADER =
      "step,epoch,loss,learning_rate,grad_norm,examples_per_second,dev_loss,dev_accuracy,dev_f1";

  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("metrics.csv");
  }

  private void write(long step, Event... events) {
    CsvLog log = new CsvLog(file(), List.of(Metric.ACCURACY, Metric.F1), step);
    Stream.of(events).forEach(log);
    log.end("complete");
  }

  @Test
  void what_a_row_has_not_is_empty() throws IOException {
    write(0, TensorBoardLogTest.STEP, TensorBoardLogTest.DEV, new Event.Warned(2, 1, "x"));
    assertThat(file())
        .hasContent(HEADER + "\n1,0.5,0.75,0.001,2.5,64.0,,,\n2,1.0,,,,,0.25,0.875,\n");
  }

  @Test
  void a_run_that_goes_on_drops_the_rows_of_later_steps() throws IOException {
    write(0, TensorBoardLogTest.STEP, TensorBoardLogTest.DEV);
    Files.writeString(file(), "3,1.5,0.1", StandardOpenOption.APPEND); // killed while writing
    write(1, TensorBoardLogTest.DEV);
    assertThat(Files.readAllLines(file()))
        .containsExactly(HEADER, "1,0.5,0.75,0.001,2.5,64.0,,,", "2,1.0,,,,,0.25,0.875,");
    write(2);
    assertThat(Files.readAllLines(file())).hasSize(3);
    write(0);
    assertThat(Files.readAllLines(file())).containsExactly(HEADER);
  }
}
