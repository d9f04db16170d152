package io.github.tlora.hub;

import io.github.tlora.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The cache in which Hugging Face's tools keep checkpoints: {@code models--ORGANISATION--NAME} with
 * {@code blobs} by hash, {@code snapshots} by commit, which link to them, and {@code refs}.
 *
 * @param root its directory
 */
public record HubCache(Path root) {
  private static final String FOLDER = "models--";
  private static final String INCOMPLETE = ".incomplete"; // as huggingface_hub names them

  /**
   * A model that is here.
   *
   * @param id on the hub
   * @param revisions commits, with the names that lead to them
   * @param bytes of its blobs
   * @param unfinished bytes of parts that a later fetch goes on with
   */
  public record Held(
      String id, Path path, Map<String, List<String>> revisions, long bytes, long unfinished) {}

  /** The models that are here, whole or in part. */
  public List<Held> held() {
    List<Held> held = new ArrayList<>();
    for (Path folder : list(root)) {
      String name = folder.getFileName().toString();
      if (name.startsWith(FOLDER) && Files.isDirectory(folder)) {
        held.add(held(folder, name.substring(FOLDER.length()).replaceFirst("--", "/")));
      }
    }
    return held;
  }

  private static Held held(Path folder, String id) {
    Map<String, List<String>> revisions = new TreeMap<>();
    for (Path snapshot : list(folder.resolve("snapshots"))) {
      revisions.put(snapshot.getFileName().toString(), new ArrayList<>());
    }
    Path refs = folder.resolve("refs");
    for (Path ref : walk(refs)) {
      List<String> names = revisions.get(text(ref));
      if (names != null) {
        names.add(refs.relativize(ref).toString());
      }
    }
    long bytes = 0;
    long unfinished = 0;
    for (Path blob : list(folder.resolve("blobs"))) {
      long size = blob.toFile().length();
      bytes += isIncomplete(blob) ? 0 : size;
      unfinished += isIncomplete(blob) ? size : 0;
    }
    return new Held(id, folder, revisions, bytes, unfinished);
  }

  private static boolean isIncomplete(Path blob) {
    return blob.getFileName().toString().endsWith(INCOMPLETE);
  }

  Model model(String id) {
    return new Model(root.resolve(FOLDER + id.replace("/", "--")));
  }

  /** One model's part of the cache. */
  record Model(Path folder) {
    Path snapshot(String commit) {
      return folder.resolve("snapshots").resolve(commit);
    }

    Path blob(Checksum checksum) {
      return blobs().resolve(checksum.hex());
    }

    Path blobs() {
      return folder.resolve("blobs");
    }

    Path part(Checksum checksum) {
      return blobs().resolve(checksum.hex() + INCOMPLETE);
    }

    /** The commit that {@code revision} was when it was last fetched; null where it never was. */
    String commit(String revision) {
      Path ref = folder.resolve("refs").resolve(revision);
      if (Files.isRegularFile(ref)) {
        return text(ref);
      }
      return Files.isDirectory(snapshot(revision)) ? revision : null;
    }

    /** Remembers what {@code revision} is now. */
    void refer(String revision, String commit) throws IOException {
      if (revision.equals(commit)) {
        return;
      }
      Path ref = folder.resolve("refs").resolve(revision);
      Files.createDirectories(ref.getParent());
      Path aside = ref.resolveSibling("." + ref.getFileName() + ".part");
      Files.writeString(aside, commit, StandardCharsets.UTF_8);
      rename(aside, ref);
    }

    /** Lets {@code name} in a snapshot be the blob of {@code checksum}. */
    void link(String commit, String name, Checksum checksum) throws IOException {
      Path directory = Files.createDirectories(snapshot(commit));
      Path link = directory.resolve(name);
      Path target = directory.relativize(blob(checksum));
      if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target)) {
        return;
      }
      Path aside = directory.resolve("." + name + ".part");
      Files.deleteIfExists(aside);
      try {
        Files.createSymbolicLink(aside, target);
      } catch (UnsupportedOperationException | FileSystemException e) {
        Files.copy(blob(checksum), aside); // Windows without the right to link
      }
      rename(aside, link);
    }
  }

  /** Whether {@code snapshot} has a configuration and weights. */
  static boolean isCheckpoint(Path snapshot) {
    return Files.exists(snapshot.resolve("config.json"))
        && list(snapshot).stream()
            .filter(Files::exists) // a link may lead nowhere
            .anyMatch(file -> file.toString().matches(".*\\.(safetensors|bin)"));
  }

  /** Replaces {@code to}. */
  static void rename(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, file + ": cannot be read", e);
    }
  }

  private static List<Path> list(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(directory)) {
      return paths.sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new UserError(UserError.Kind.FILE, directory + ": cannot be listed", e);
    }
  }

  private static List<Path> walk(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      return paths.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new UserError(UserError.Kind.FILE, directory + ": cannot be listed", e);
    }
  }
}
