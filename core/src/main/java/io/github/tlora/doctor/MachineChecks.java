package io.github.tlora.doctor;

import com.sun.management.OperatingSystemMXBean;
import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.run.Environment;
import io.github.tlora.tensor.Torch;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What {@code tlora doctor} says of the machine: Java, engine, memory, where models are kept. */
final class MachineChecks {
  /** The check without which nothing is computed. */
  static final String ENGINE = "engine";

  private MachineChecks() {}

  static List<Check> of(Environment places) {
    Check engine = engine();
    int devices = engine.status() == Check.Status.OK ? Torch.cudaDevices() : 0;
    return List.of(
        java(), engine, GpuCheck.here(devices).check(), memory(), home(places), cache(places));
  }

  private static Check java() {
    return Check.ok(
        "java",
        System.getProperty("java.version")
            + ", "
            + System.getProperty("java.vm.name")
            + " on "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.arch"));
  }

  private static Check engine() {
    try {
      int devices = Torch.cudaDevices();
      return Check.ok(
          ENGINE,
          Torch.version()
              + ", "
              + Torch.threads()
              + " threads, "
              + (devices == 0 ? "no" : Integer.toString(devices))
              + " CUDA devices");
    } catch (UserError e) {
      return Check.of(ENGINE, Check.Status.MISSING, e);
    }
  }

  private static Check memory() {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    Runtime runtime = Runtime.getRuntime();
    return Check.ok(
        "memory",
        Quantity.bytes(system.getTotalMemorySize())
            + ", "
            + runtime.availableProcessors()
            + " processors; Java heap up to "
            + Quantity.bytes(runtime.maxMemory()));
  }

  private static Check home(Environment places) {
    Path models = places.home().resolve("models");
    return Check.ok("home", place("$TLORA_HOME/models", models, count(models, 2, "config.json")));
  }

  private static Check cache(Environment places) {
    Path hub = places.hub();
    return Check.ok("cache", place("the Hugging Face cache", hub, count(hub, 1, "snapshots")));
  }

  private static String place(String what, Path path, long models) {
    String state = Files.isDirectory(path) ? models + " models" : "not there";
    return what + " is " + path.normalize() + ": " + state;
  }

  /** Directories that hold {@code mark}, at most {@code depth} below {@code place}. */
  private static long count(Path place, int depth, String mark) {
    if (depth == 0 || !Files.isDirectory(place)) {
      return 0;
    }
    try (Stream<Path> entries = Files.list(place)) {
      return entries
          .filter(Files::isDirectory)
          .mapToLong(entry -> Files.exists(entry.resolve(mark)) ? 1 : count(entry, depth - 1, mark))
          .sum();
    } catch (IOException e) {
      return 0; // a place that cannot be read is as good as none
    }
  }
}
