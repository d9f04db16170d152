package io.github.tlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.hub.Progress;
import io.github.tlora.run.DataRun;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What is said while files are fetched and tokens are counted. */
class FetchProgressTest {
  private static final Progress.State HALF =
      new Progress.State(500_000_000, 1_000_000_000, 5e6, 100);

  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Console console(boolean terminal) {
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    return new Console(stream, stream, terminal ? Terminal.PLAIN : Terminal.NONE);
  }

  private String said() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void without_a_terminal_it_is_lines_with_the_time_left() {
    try (FetchProgress progress = new FetchProgress(console(false), 0)) {
      progress.fetched(HALF);
      progress.note("a: the server answered 503; trying again in 1 s");
    }
    assertThat(said().lines())
        .containsExactly(
            "500.0 MB of 1.0 GB, 5.0 MB/s, 1 min 40 s left",
            "a: the server answered 503; trying again in 1 s");
  }

  @Test
  void lines_do_not_come_more_often_than_asked() {
    try (FetchProgress progress = new FetchProgress(console(false))) {
      for (int i = 0; i < 100; i++) {
        progress.fetched(HALF);
      }
    }
    assertThat(said()).isEmpty();
  }

  @Test
  void on_a_terminal_it_is_a_bar() {
    try (FetchProgress progress = new FetchProgress(console(true), 0)) {
      progress.fetched(HALF);
    }
    assertThat(said()).contains("fetching", " 50%").contains("\r");
  }

  @Test
  void counting_says_split_rows_and_time_left() {
    try (CountProgress progress = new CountProgress(console(false), 0)) {
      progress.accept(new DataRun.Progress("train", 1000, 2000));
    }
    assertThat(said()).matches("counting tokens of train: 1,000 of 2,000 rows, \\d+ s left\\R");
  }
}
