package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of docs that the program writes. After a change that is meant, write it anew with {@code
 * mvn -pl core test -Dtest=ConfigSchemaTest -Dtlora.update=true} and read the difference.
 */
final class KeptPage {
  private KeptPage() {}

  static void assertAsKept(Path file, String made) throws IOException {
    if (Boolean.getBoolean("tlora.update")) {
      Files.writeString(file, made);
    }
    assertThat(made).isEqualTo(Files.readString(file).replace("\r\n", "\n"));
  }
}
