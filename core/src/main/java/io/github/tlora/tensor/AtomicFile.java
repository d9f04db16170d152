package io.github.tlora.tensor;

import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Files that are there whole or not at all: written under a temporary name, then renamed. */
public final class AtomicFile {
  private AtomicFile() {}

  /** Writes a file's content to the path it is given. */
  @FunctionalInterface
  public interface Content {
    void writeTo(Path temporary) throws IOException;
  }

  /**
   * Replaces {@code path} by what {@code content} writes.
   *
   * @throws UserError exit 3 when the file cannot be written; nothing is left behind
   */
  public static void write(Path path, Content content) {
    Path temporary = path.resolveSibling("." + path.getFileName() + ".part");
    try {
      Files.deleteIfExists(temporary);
      content.writeTo(temporary);
      move(temporary, path);
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE,
          path + ": cannot be written (" + reason(e) + "). Check the disk and its permissions",
          e);
    } finally {
      temporary.toFile().delete(); // still there only where something failed
    }
  }

  /** Replaces {@code path} by {@code text} in UTF-8. */
  public static void write(Path path, String text) {
    write(path, temporary -> Files.writeString(temporary, text, StandardCharsets.UTF_8));
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static String reason(IOException e) {
    return e instanceof java.nio.file.AccessDeniedException
        ? "access denied"
        : e instanceof java.nio.file.NoSuchFileException ? "no such directory" : e.getMessage();
  }
}
