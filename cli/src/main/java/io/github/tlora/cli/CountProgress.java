package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.run.DataRun;
import java.time.Duration;
import java.util.function.Consumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Tokens as they are counted: a bar for each split on a terminal, a line every 5 s elsewhere. */
final class CountProgress implements Consumer<DataRun.Progress>, AutoCloseable {
  private static final long EVERY = Duration.ofSeconds(5).toNanos();

  private final Console console;
  private final long every;
  private ProgressBar bar; // only on a terminal
  private String split = "";
  private long start = System.nanoTime();
  private long last = start;

  CountProgress(Console console) {
    this(console, EVERY);
  }

  /** Says a line every so many nanoseconds. */
  CountProgress(Console console, long every) {
    this.console = console;
    this.every = every;
  }

  @Override
  public void accept(DataRun.Progress progress) {
    if (!progress.split().equals(split)) {
      close();
      split = progress.split();
      start = System.nanoTime(); // a split's first rows are counted with the time of none
      bar = console.terminal() ? bar(progress) : null;
    }
    if (bar != null) {
      bar.stepTo(progress.rows());
      return;
    }
    long now = System.nanoTime();
    if (now - last >= every) {
      last = now;
      double each = (now - start) / 1e9 / progress.rows();
      console.say(
          "counting tokens of "
              + split
              + ": "
              + Quantity.number(progress.rows())
              + " of "
              + Quantity.number(progress.of())
              + " rows, "
              + Quantity.duration(each * (progress.of() - progress.rows()))
              + " left");
    }
  }

  private ProgressBar bar(DataRun.Progress progress) {
    return new ProgressBarBuilder()
        .setTaskName("counting tokens of " + progress.split())
        .setInitialMax(progress.of())
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(200)
        .setConsumer(new ConsoleProgressBarConsumer(console.err()))
        .build();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
