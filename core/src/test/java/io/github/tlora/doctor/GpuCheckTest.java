package io.github.tlora.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a GPU, for every way in which it may not be usable. */
class GpuCheckTest {
  private static final Map<String, String> LIBRARIES =
      Map.of("PYTORCH_FLAVOR", "cu128", "PYTORCH_LIBRARY_PATH", "cuda/lib");

  private static Check check(Map<String, String> variables, String driver, int devices) {
    return new GpuCheck(variables, Optional.ofNullable(driver), devices).check();
  }

  @Test
  void a_machine_without_a_gpu_is_as_it_should_be() {
    assertThat(check(Map.of(), null, 0))
        .isEqualTo(Check.ok("gpu", "no NVIDIA driver: training runs on the CPU"));
  }

  @Test
  void libraries_without_a_driver_are_told() {
    assertThat(check(LIBRARIES, null, 0))
        .isEqualTo(
            Check.warning(
                "gpu",
                "CUDA libraries in cuda/lib, but no NVIDIA driver",
                "Install driver 525.60.13 or later, or run scripts/setup-gpu.sh --remove"));
  }

  @Test
  void a_driver_without_libraries_is_told_where_they_come_from() {
    assertThat(check(Map.of(), "550.54.14", 0))
        .isEqualTo(
            Check.ok(
                "gpu",
                "NVIDIA driver 550.54.14 is not used: scripts/setup-gpu.sh fetches the CUDA"
                    + " libraries"));
    assertThat(check(Map.of("PYTORCH_FLAVOR", "cpu"), "550.54.14", 0).found())
        .contains("is not used");
  }

  @Test
  void an_old_driver_is_told() {
    for (String old : new String[] {"470.256.02", "525.60.12", "525.60"}) {
      assertThat(check(LIBRARIES, old, 0).found())
          .isEqualTo("NVIDIA driver " + old + " is too old");
    }
    for (String fit : new String[] {"525.60.13", "525.125.06", "535.54"}) {
      assertThat(check(LIBRARIES, fit, 1).status()).isEqualTo(Check.Status.OK);
    }
  }

  @Test
  void devices_that_the_engine_does_not_see_are_told_apart() {
    assertThat(check(LIBRARIES, "550.54.14", 0).found()).endsWith("but the engine sees no device");
    Map<String, String> hidden = Map.of("PYTORCH_FLAVOR", "cu128", "CUDA_VISIBLE_DEVICES", "");
    assertThat(check(hidden, "550.54.14", 0))
        .isEqualTo(
            Check.warning(
                "gpu",
                "NVIDIA driver 550.54.14, but CUDA_VISIBLE_DEVICES is '': no device is visible",
                "Unset it, or name a device that nvidia-smi lists"));
  }

  @Test
  void usable_devices_are_counted() {
    assertThat(check(LIBRARIES, "550.54.14", 2))
        .isEqualTo(
            Check.ok("gpu", "2 devices, NVIDIA driver 550.54.14, CUDA libraries in cuda/lib"));
  }

  @Test
  void the_drivers_version_is_the_kernels(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("version");
    assertThat(GpuCheck.driver(file)).isEmpty();
    Files.writeString(
        file,
        """
        NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024
        GCC version:  gcc version 12.3.0
        """);
    assertThat(GpuCheck.driver(file)).contains("550.54.14");
    Files.writeString(file, "nothing of the kind");
    assertThat(GpuCheck.driver(file)).isEmpty();
  }
}
