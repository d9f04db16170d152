package io.github.tlora.hub;

import java.util.List;
import java.util.Map;

/**
 * What a fetch brought.
 *
 * @param name as it was asked for: a task, or a model's id
 * @param kind {@code task} or {@code model}
 * @param path the directory where it is
 * @param revision the commit of a model; null of a task
 * @param wasThere whether all of it was here before, and still is as it should be
 * @param bytes of all its files
 * @param files its files
 * @param checksums hashes by file: SHA-256 of what a task's files came in; of a model what the hub
 *     gives, SHA-256 of large files and the hash of git's blob of others
 */
public record Fetched(
    String name,
    String kind,
    String path,
    String revision,
    boolean wasThere,
    long bytes,
    List<File> files,
    Map<String, String> checksums) {
  /**
   * One file.
   *
   * @param rows of a table; null of other files
   */
  public record File(String name, long bytes, Integer rows) {}

  static Fetched of(
      String name,
      String kind,
      String path,
      String revision,
      boolean wasThere,
      List<File> files,
      Map<String, String> checksums) {
    long bytes = files.stream().mapToLong(File::bytes).sum();
    return new Fetched(name, kind, path, revision, wasThere, bytes, files, checksums);
  }
}
