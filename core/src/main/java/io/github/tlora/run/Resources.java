package io.github.tlora.run;

import com.sun.management.OperatingSystemMXBean;
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

  /** Memory that this process has or can get, in bytes. */
  static long availableBytes() {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    long available = field(Path.of("/proc/meminfo"), "MemAvailable:");
    return available == 0
        ? system.getFreeMemorySize()
        : Math.min(available + residentBytes(), system.getTotalMemorySize()); // a container's own
  }

  private static long status(String field) {
    return field(Path.of("/proc/self/status"), field);
  }

  private static long field(Path status, String field) {
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
