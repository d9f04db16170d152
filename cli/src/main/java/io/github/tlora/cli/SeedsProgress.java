package io.github.tlora.cli;

import io.github.tlora.run.TrainRun;
import io.github.tlora.train.Event;
import java.util.function.Consumer;

/** Several trainings as they go, one after the other. */
final class SeedsProgress implements Consumer<Event>, AutoCloseable {
  private final Console console;
  private Progress current; // null before the first run

  SeedsProgress(Console console) {
    this.console = console;
  }

  /** Shows the plan of the run that is about to start. */
  void begin(TrainRun.Plan plan) {
    close();
    console.say(Panel.of(plan));
    current = new Progress(console, plan);
  }

  @Override
  public void accept(Event event) {
    current.accept(event);
  }

  @Override
  public void close() {
    if (current != null) {
      current.close();
    }
  }
}
