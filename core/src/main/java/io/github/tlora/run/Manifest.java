package io.github.tlora.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.Version;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a run came from; the content of manifest.json.
 *
 * @param schema version of this layout
 * @param argv the command line
 * @param status {@code running}, {@code complete}, {@code interrupted} or {@code failed}
 * @param ended null while it runs
 * @param resumed each time that the run went on after it had ended early
 */
record Manifest(
    int schema,
    String status,
    String started,
    String ended,
    String tlora,
    List<String> argv,
    Platform platform,
    long seed,
    String generator,
    Hashes sha256,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Resumed> resumed) {
  static final String RUNNING = "running";
  static final String COMPLETE = "complete";
  static final String INTERRUPTED = "interrupted";
  static final String FAILED = "failed";

  Manifest {
    resumed = resumed == null ? List.of() : List.copyOf(resumed);
  }

  /**
   * A run that goes on.
   *
   * @param step how many steps had been done
   */
  record Resumed(String at, long step, List<String> argv) {}

  /** What it ran on. */
  record Platform(
      String java, String os, String engine, String device, int threads, int processors) {
    static Platform of(Environment environment) {
      return new Platform(
          System.getProperty("java.vm.name") + " " + System.getProperty("java.version"),
          System.getProperty("os.name")
              + " "
              + System.getProperty("os.version")
              + " "
              + System.getProperty("os.arch"),
          Torch.version(),
          environment.device(),
          Torch.threads(),
          Runtime.getRuntime().availableProcessors());
    }
  }

  /** SHA-256 of what went in. */
  record Hashes(
      String train,
      String dev,
      String base,
      @JsonInclude(JsonInclude.Include.NON_NULL) String initFrom) {}

  static Manifest started(
      String at, List<String> argv, Environment environment, long seed, Hashes hashes) {
    return new Manifest(
        1,
        RUNNING,
        at,
        null,
        Version.current(),
        argv,
        Platform.of(environment),
        seed,
        Seeds.GENERATOR,
        hashes,
        List.of());
  }

  Manifest ended(String at, String how) {
    return new Manifest(
        schema, how, started, at, tlora, argv, platform, seed, generator, sha256, resumed);
  }

  Manifest resumed(Resumed again) {
    List<Resumed> all = Stream.concat(resumed.stream(), Stream.of(again)).toList();
    return new Manifest(
        schema, RUNNING, started, null, tlora, argv, platform, seed, generator, sha256, all);
  }
}
