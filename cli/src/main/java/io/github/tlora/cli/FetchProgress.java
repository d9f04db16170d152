package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.hub.Progress;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A fetch as it goes: a bar on a terminal, a line every five seconds elsewhere. */
final class FetchProgress implements Progress, AutoCloseable {
  private static final long EVERY = Duration.ofSeconds(5).toNanos();

  private final Console console;
  private final long every;
  private ProgressBar bar; // from the first bytes on, and only on a terminal
  private long last = System.nanoTime();

  FetchProgress(Console console) {
    this(console, EVERY);
  }

  /** Says a line every so many nanoseconds. */
  FetchProgress(Console console, long every) {
    this.console = console;
    this.every = every;
  }

  private static ProgressBar bar(Console console) {
    return new ProgressBarBuilder()
        .setTaskName("fetching")
        .setUnit(" MB", 1_000_000)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(200)
        .setConsumer(new ConsoleProgressBarConsumer(console.err()))
        .build();
  }

  @Override
  public void fetched(State state) {
    if (console.terminal()) {
      if (bar == null) {
        bar = bar(console);
      }
      bar.maxHint(state.total()).stepTo(state.bytes());
      return;
    }
    long now = System.nanoTime();
    if (now - last >= every) {
      last = now;
      console.say(
          Quantity.bytes(state.bytes())
              + " of "
              + Quantity.bytes(state.total())
              + ", "
              + Quantity.bytes(Math.round(state.bytesPerSecond()))
              + "/s, "
              + Quantity.duration(state.secondsLeft())
              + " left");
    }
  }

  @Override
  public void note(String line) {
    if (bar != null) {
      // The bar owns the last line: clear it, say the line, let the bar draw itself again.
      console.err().print("\r\033[2K");
    }
    console.say(line);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
