package io.github.tlora.log;

import io.github.tlora.train.Event;
import java.util.function.Consumer;

/** Hears what happens in a run, and writes it where another program reads it. */
public interface RunLog extends Consumer<Event> {
  /**
   * The run has ended.
   *
   * @param status {@code complete}, {@code interrupted} or {@code failed}
   */
  void end(String status);
}
