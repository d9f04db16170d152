package io.github.tlora.hub;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The space that fetched files will take, counted before they come. */
final class Disk {
  /** Tells how many bytes a directory's disk still takes. */
  @FunctionalInterface
  interface Gauge {
    long free(Path directory) throws IOException;
  }

  private final Gauge gauge;
  private final Map<Path, Long> left = new HashMap<>();

  Disk(Gauge gauge) {
    this.gauge = gauge;
  }

  static Disk ofMachine() {
    return new Disk(directory -> Files.getFileStore(directory).getUsableSpace());
  }

  /**
   * Sets {@code bytes} aside in {@code directory}, which is made if need be.
   *
   * @param variable that moves the directory to another disk
   * @throws UserError exit 3 when the disk has not as many
   */
  synchronized void require(Path directory, long bytes, String variable) {
    try {
      Files.createDirectories(directory);
      long free = left.containsKey(directory) ? left.get(directory) : gauge.free(directory);
      if (bytes > free) {
        throw UserError.file(
            directory
                + ": "
                + Quantity.bytes(bytes)
                + " are needed, but the disk has only "
                + Quantity.bytes(Math.max(free, 0))
                + " left. Make room, or set "
                + variable
                + " to a directory on another disk");
      }
      left.put(directory, free - bytes);
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE,
          directory + ": cannot be written. Check its permissions, or set " + variable,
          e);
    }
  }
}
