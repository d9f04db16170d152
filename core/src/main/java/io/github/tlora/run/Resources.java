package io.github.tlora.run;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the process has used of the machine. */
final class Resources {
  private Resources() {}

  /** Peak resident memory in bytes; 0 where the system does not tell (no {@code /proc}). */
  static long peakResidentBytes() {
    return status("VmHWM:");
  }

  /** Resident memory now, in bytes; 0 where the system does not tell. */
  static long residentBytes() {
    return status("VmRSS:");
  }

  private static long status(String field) {
    Path status = Path.of("/proc/self/status");
    try {
      if (!Files.exists(status)) {
        return 0;
      }
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  /** Seconds since the process started. */
  static double secondsSinceStart() {
    long started = ManagementFactory.getRuntimeMXBean().getStartTime();
    return (System.currentTimeMillis() - started) / 1000.0;
  }
}
