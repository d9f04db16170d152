package io.github.tlora.traps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loading RoBERTa-large takes hardly more memory than its weights, whatever they are stored as. */
class LoadingMemoryTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"F32, F32", "F32, BF16", "BF16, F32"})
  @EnabledOnOs(value = OS.LINUX, disabledReason = "reads Linux's account of anonymous memory")
  void anonymous_memory_grows_by_at_most_a_fifth_more_than_the_weights(String stored, String kept)
      throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    System.getProperty("java.home")
                        + File.separator
                        + "bin"
                        + File.separator
                        + "java",
                    "-Xmx64m", // what the watching itself allocates stays small beside the weights
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Loading.class.getName(),
                    directory.resolve("model.safetensors").toString(),
                    stored,
                    kept))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    double weights = value(out, "weights");
    assertThat(value(out, "grown") / weights).isBetween(0.98, 1.2);
    assertThat(value(out, "highest") / weights).isBetween(0.98, 1.2);
  }

  private static double value(String out, String name) {
    Matcher matcher = Pattern.compile("(?m)^" + name + "=(\\d+)$").matcher(out);
    assertThat(matcher.find()).as(out).isTrue();
    return Double.parseDouble(matcher.group(1));
  }
}
