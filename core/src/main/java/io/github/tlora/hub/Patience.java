package io.github.tlora.hub;

import java.time.Duration;

/**
 * How long a fetch bears with a network.
 *
 * @param tries in a row that bring nothing new, before it gives up
 * @param firstWait before the second try; each further one waits twice as long
 * @param longestWait that a server may ask for, and that doubling reaches
 * @param connect for a connection to be made
 * @param stall without a byte, after which a connection counts as broken
 */
record Patience(
    int tries, Duration firstWait, Duration longestWait, Duration connect, Duration stall) {
  static Patience usual() {
    return new Patience(
        5,
        Duration.ofSeconds(1),
        Duration.ofMinutes(5),
        Duration.ofSeconds(20),
        Duration.ofSeconds(60));
  }

  /** The wait before the next try, after {@code fruitless} ones. */
  Duration waitAfter(int fruitless) {
    Duration wait = firstWait.multipliedBy(1L << Math.min(Math.max(fruitless - 1, 0), 20));
    return wait.compareTo(longestWait) < 0 ? wait : longestWait;
  }
}
