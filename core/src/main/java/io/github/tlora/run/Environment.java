package io.github.tlora.run;

import io.github.tlora.tensor.Torch;
import java.nio.file.Path;

/**
 * Where the tool keeps models and data, and what it computes on.
 *
 * @param home {@code $TLORA_HOME}
 * @param device {@code cpu} or {@code cuda[:i]}
 * @param threads threads of one operation; null uses every core
 */
public record Environment(Path home, String device, Integer threads) {

  /** The process's own: {@code $TLORA_HOME} or {@code ~/.cache/tlora}, the CPU, every core. */
  public static Environment current() {
    return new Environment(defaultHome(), "cpu", null);
  }

  /** The same home with another device and number of threads. */
  public Environment on(String otherDevice, Integer otherThreads) {
    return new Environment(home, otherDevice, otherThreads);
  }

  private static Path defaultHome() {
    String set = System.getenv("TLORA_HOME");
    return set != null && !set.isBlank()
        ? Path.of(set)
        : Path.of(System.getProperty("user.home"), ".cache", "tlora");
  }

  /** Makes the engine use this many threads. */
  void applyThreads() {
    if (threads != null) {
      Torch.setThreads(threads);
    }
  }
}
