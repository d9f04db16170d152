package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.run.TrainRun;
import io.github.tlora.train.Event;
import java.util.Locale;
import java.util.function.Consumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Training as it goes: a bar on a terminal, a line about every tenth of an epoch elsewhere. */
final class Progress implements Consumer<Event>, AutoCloseable {
  private static final int LINES_AN_EPOCH = 10;

  private final Console console;
  private final TrainRun.Plan plan;
  private ProgressBar bar; // from the first step on, and only on a terminal

  Progress(Console console, TrainRun.Plan plan) {
    this.console = console;
    this.plan = plan;
  }

  private static ProgressBar bar(Console console, long steps) {
    return new ProgressBarBuilder()
        .setTaskName("training")
        .setInitialMax(steps)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(200)
        .setConsumer(new ConsoleProgressBarConsumer(console.err()))
        .build();
  }

  @Override
  public void accept(Event event) {
    if (event instanceof Event.Evaluated evaluated) {
      line(
          String.format(
              Locale.ROOT,
              "%s: dev %s, loss %.4f%s",
              Panel.when(evaluated.epoch(), evaluated.step()),
              Panel.scores(evaluated.metrics()),
              evaluated.loss(),
              evaluated.isBest() ? " (best so far)" : ""));
      evaluated.warnings().forEach(this::warn);
    } else if (event instanceof Event.Stepped stepped) {
      step(stepped);
    } else if (event instanceof Event.Warned warned) {
      warn(warned.warning());
    }
  }

  private void step(Event.Stepped stepped) {
    String state =
        String.format(
            Locale.ROOT, "loss %.4f, %.0f examples/s", stepped.loss(), stepped.examplesPerSecond());
    if (bar == null && console.terminal()) {
      bar = bar(console, plan.steps());
    }
    if (bar != null) {
      bar.stepTo(stepped.step());
      bar.setExtraMessage(state);
      return;
    }
    long every = Math.max(1, plan.steps() / plan.config().train().epochs() / LINES_AN_EPOCH);
    if (stepped.step() == 1 || stepped.step() % every == 0) {
      line(
          String.format(
              Locale.ROOT,
              "step %d/%d, %s, %s left",
              stepped.step(),
              plan.steps(),
              state,
              Quantity.duration(stepped.secondsLeft())));
    }
  }

  private void line(String text) {
    clear();
    console.say(text);
  }

  private void warn(String text) {
    clear();
    console.warn(text);
  }

  private void clear() {
    if (bar != null) {
      // The bar owns the last line: clear it, say the line, let the bar draw itself again.
      console.err().print("\r\033[2K");
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
