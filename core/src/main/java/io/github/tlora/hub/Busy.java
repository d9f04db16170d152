package io.github.tlora.hub;

import java.io.IOException;
import java.time.Duration;

/** A server that asks to come again later: 429, 500, 502, 503, 504. */
final class Busy extends IOException {
  private static final long serialVersionUID = 1L;

  private final Duration wait;

  /**
   * @param wait how long the server says to wait; null where it does not
   */
  Busy(int status, Duration wait) {
    super("the server answered " + status);
    this.wait = wait;
  }

  Duration waitAsked() {
    return wait;
  }
}
