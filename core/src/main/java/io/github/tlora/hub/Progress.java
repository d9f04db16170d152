package io.github.tlora.hub;

/** What is heard while files are fetched. Calls may come from several threads, one at a time. */
public interface Progress {
  /**
   * More has arrived; at most ten times a second.
   *
   * @param state how far it has come
   */
  void fetched(State state);

  /** Something was tried again, or is worth knowing, in one line. */
  void note(String line);

  /**
   * How far it has come.
   *
   * @param bytes that are here, those of earlier attempts too
   * @param total of all files whose size is known
   * @param bytesPerSecond since the start
   * @param secondsLeft at this rate
   */
  record State(long bytes, long total, double bytesPerSecond, double secondsLeft) {}
}
