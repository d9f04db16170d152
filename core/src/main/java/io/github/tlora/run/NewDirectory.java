package io.github.tlora.run;

import io.github.tlora.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.function.Function;
import java.util.stream.Stream;

/** A directory that is there whole or not at all: filled under a temporary name, then renamed. */
final class NewDirectory {
  private NewDirectory() {}

  /**
   * Makes {@code output} of what {@code content} puts into the directory that it is given.
   *
   * @throws UserError exit 2 when {@code output} exists, exit 3 when it cannot be written; nothing
   *     is left behind
   */
  static <T> T write(Path output, Function<Path, T> content) {
    RunDirectory.requireNew(output);
    Path absolute = output.toAbsolutePath();
    Path aside = absolute.resolveSibling("." + absolute.getFileName() + ".part");
    try {
      delete(aside); // of an earlier attempt that was killed
      T result = content.apply(Files.createDirectories(aside));
      Files.move(aside, output);
      return result;
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, output + ": cannot be written", e);
    } finally {
      delete(aside);
    }
  }

  private static void delete(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
