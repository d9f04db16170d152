package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.tlora.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A folder of configuration files for tests. */
record ConfigFolder(Path path) {

  Path write(String name, String text) {
    try {
      Path file = path.resolve(name);
      Files.createDirectories(file.getParent());
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Layers of one file. */
  Layers file(String text) {
    return new Layers().file(write("x.yaml", text));
  }

  /** What {@code layers} complain of, with this folder's own path left out. */
  List<String> problems(Layers layers) {
    UserError error = catchThrowableOfType(UserError.class, layers::resolve);
    assertThat(error).as("a UserError").isNotNull();
    assertThat(error.kind()).isEqualTo(UserError.Kind.USAGE);
    return error.getMessage().replace(path + "/", "").lines().toList();
  }
}
