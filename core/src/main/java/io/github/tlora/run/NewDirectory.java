package io.github.tlora.run;

import io.github.tlora.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** Directories that are there whole or not at all: filled under a temporary name, then renamed. */
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

  /**
   * Puts what {@code content} writes in the place of the directory {@code output}, if there is one.
   * At every moment the old or the new one is there whole; {@link #recover} gives it back its name.
   *
   * @throws UserError exit 3 when it cannot be written
   */
  static void replace(Path output, Consumer<Path> content) {
    Path aside = output.resolveSibling("." + output.getFileName() + ".part");
    try {
      delete(aside);
      content.accept(Files.createDirectories(aside));
      if (Files.exists(output)) {
        delete(old(output));
        Files.move(output, old(output));
      }
      Files.move(aside, output);
      delete(old(output));
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, output + ": cannot be written", e);
    } finally {
      delete(aside);
    }
  }

  /** Mends what a process that was killed within {@link #replace} has left. */
  static void recover(Path output) throws IOException {
    if (!Files.exists(output) && Files.exists(old(output))) {
      Files.move(old(output), output);
    }
  }

  private static Path old(Path output) {
    return output.resolveSibling("." + output.getFileName() + ".old");
  }

  /** Copies all that is in {@code from}. */
  static void copy(Path from, Path to) {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Path copy = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(path, copy);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void delete(Path directory) {
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
