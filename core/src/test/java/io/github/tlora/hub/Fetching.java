package io.github.tlora.hub;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Fetchers for tests: impatient, and their talk is kept. */
final class Fetching implements Progress {
  private final List<String> notes = new CopyOnWriteArrayList<>();
  private final List<State> states = new CopyOnWriteArrayList<>();
  private Sources sources = Sources.of(Map.of());
  private long free = Long.MAX_VALUE;

  static Fetching from(URI hub) {
    return with(Map.of("HF_ENDPOINT", hub.toString()));
  }

  static Fetching with(Map<String, String> variables) {
    Fetching fetching = new Fetching();
    fetching.sources = Sources.of(variables);
    return fetching;
  }

  Fetching from(Sources other) {
    sources = other;
    return this;
  }

  /** On a disk with room for so many bytes. */
  Fetching onDisk(long bytes) {
    free = bytes;
    return this;
  }

  Fetched model(Path cache, String id, String revision) {
    return fetcher()
        .together(List.of(fetcher().model(cache, id, revision, cache.resolve("by-hand"))))
        .get(0);
  }

  Fetched model(Path cache) {
    return model(cache, FakeHub.ID, "main");
  }

  Fetched task(Path data, GlueFiles files) {
    return fetcher().together(List.of(fetcher().task(data, files))).get(0);
  }

  Fetcher fetcher() {
    Patience patience =
        new Patience(
            3,
            Duration.ofMillis(5),
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            Duration.ofMillis(400));
    return new Fetcher(sources, 4, this, patience, new Disk(directory -> free));
  }

  @Override
  public void fetched(State state) {
    states.add(state);
  }

  @Override
  public void note(String line) {
    notes.add(line);
  }

  List<String> notes() {
    return notes;
  }

  List<State> states() {
    return states;
  }
}
