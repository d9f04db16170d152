package io.github.tlora.hub;

import java.time.Duration;

/** Counts what arrives, over all connections, and tells it at most ten times a second. */
final class Meter {
  private static final long EVERY = Duration.ofMillis(100).toNanos();

  private final Progress progress;
  private final long start = System.nanoTime();
  private long last = start - EVERY;
  private long here;
  private long arrived;
  private long total;

  Meter(Progress progress) {
    this.progress = progress;
  }

  /** A file of {@code size} bytes is to come. */
  synchronized void expect(long size) {
    total += size;
  }

  /** So many bytes are here from an earlier attempt; negative where they count no more. */
  synchronized void found(long bytes) {
    here += bytes;
  }

  /** So many bytes came over the network. */
  synchronized void arrived(int bytes) {
    here += bytes;
    arrived += bytes;
    long now = System.nanoTime();
    if (now - last >= EVERY || here == total) {
      last = now;
      double rate = arrived / Math.max((now - start) / 1e9, 1e-3);
      progress.fetched(
          new Progress.State(here, total, rate, Math.max(total - here, 0) / Math.max(rate, 1e-3)));
    }
  }

  /** Tells {@code line}. */
  synchronized void note(String line) {
    progress.note(line);
  }
}
