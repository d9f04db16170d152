package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fault of ours while a file is written: nothing half written stays. */
class AtomicFileFaultTest {
  @TempDir Path dir;

  @Test
  void a_fault_that_is_not_of_the_disk_leaves_nothing_either() {
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    dir.resolve("x.txt"),
                    temporary -> {
                      Files.writeString(temporary, "half");
                      throw new IllegalStateException("the engine failed");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(dir).isEmptyDirectory();
  }
}
