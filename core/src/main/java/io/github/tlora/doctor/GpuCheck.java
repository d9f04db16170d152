package io.github.tlora.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether an NVIDIA GPU can be used, and if not, which of driver, libraries and settings is in the
 * way.
 *
 * @param variables the process's environment
 * @param driver version of the kernel's NVIDIA driver, if there is one
 * @param devices how many devices the engine sees
 */
record GpuCheck(Map<String, String> variables, Optional<String> driver, int devices) {
  private static final String ID = "gpu";

  /** The oldest driver that runs programs of CUDA 12. */
  private static final String OLDEST_DRIVER = "525.60.13";

  private static final String SETUP = "scripts/setup-gpu.sh";

  /** This machine. */
  static GpuCheck here(int devices) {
    return new GpuCheck(System.getenv(), driver(Path.of("/proc/driver/nvidia/version")), devices);
  }

  /** The version in a file such as {@code NVRM version: ... Kernel Module 550.54.14 ...}. */
  static Optional<String> driver(Path file) {
    try {
      Matcher version =
          Pattern.compile("\\b(\\d+\\.\\d+(\\.\\d+)?)\\b").matcher(Files.readString(file));
      return version.find() ? Optional.of(version.group(1)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  Check check() {
    boolean hasLibraries = variables.getOrDefault("PYTORCH_FLAVOR", "").startsWith("cu");
    String libraries = "CUDA libraries in " + variables.get("PYTORCH_LIBRARY_PATH");
    if (driver.isEmpty()) {
      return hasLibraries
          ? Check.warning(
              ID,
              libraries + ", but no NVIDIA driver",
              "Install driver " + OLDEST_DRIVER + " or later, or run " + SETUP + " --remove")
          : Check.ok(ID, "no NVIDIA driver: training runs on the CPU");
    }
    String version = "NVIDIA driver " + driver.get();
    if (!hasLibraries) {
      return Check.ok(ID, version + " is not used: " + SETUP + " fetches the CUDA libraries");
    }
    if (isOlder(driver.get())) {
      return Check.warning(
          ID, version + " is too old", "Install " + OLDEST_DRIVER + " or later for CUDA 12");
    }
    if (devices > 0) {
      return Check.ok(
          ID, devices + (devices == 1 ? " device, " : " devices, ") + version + ", " + libraries);
    }
    String visible = variables.get("CUDA_VISIBLE_DEVICES");
    return visible == null
        ? Check.warning(
            ID,
            version + " and " + libraries + ", but the engine sees no device",
            "See whether nvidia-smi lists one, then run " + SETUP + " again")
        : Check.warning(
            ID,
            version + ", but CUDA_VISIBLE_DEVICES is '" + visible + "': no device is visible",
            "Unset it, or name a device that nvidia-smi lists");
  }

  private static boolean isOlder(String version) {
    int[] ours = numbers(version);
    int[] oldest = numbers(OLDEST_DRIVER);
    return Arrays.compare(ours, oldest) < 0;
  }

  private static int[] numbers(String version) {
    return Pattern.compile("\\.").splitAsStream(version).mapToInt(Integer::parseInt).toArray();
  }
}
