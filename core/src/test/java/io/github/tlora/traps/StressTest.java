package io.github.tlora.traps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Training in a JVM of its own with a 64 MB heap: gradients, leaks, frozen weights. */
class StressTest {
  private static final Map<String, Long> COUNTS = new HashMap<>();

  @BeforeAll
  static void run() throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    System.getProperty("java.home")
                        + File.separator
                        + "bin"
                        + File.separator
                        + "java",
                    "-Xmx64m",
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Stress.class.getName()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    Matcher counts = Pattern.compile("(?m)^([a-z_]+)=(-?\\d+)$").matcher(out);
    while (counts.find()) {
      COUNTS.put(counts.group(1), Long.parseLong(counts.group(2)));
    }
  }

  @Test
  void gradients_are_right_in_200_passes_under_memory_pressure() {
    assertThat(COUNTS).containsEntry("wrong", 0L);
  }

  @Test
  void no_array_is_left_behind_in_300_steps() {
    assertThat(COUNTS).containsEntry("arrays", 0L);
  }

  @Test
  void resident_memory_stays_flat_over_300_steps() {
    // A leak of one (16, 24, 64) activation a step would be 28 MiB.
    assertThat(COUNTS.get("resident_kib")).isLessThan(16 * 1024L);
  }

  @Test
  void frozen_weights_keep_their_bits_while_the_adapter_moves() {
    assertThat(COUNTS).containsEntry("thawed", 0L).containsEntry("unmoved", 0L);
  }
}
