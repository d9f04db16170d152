package io.github.tlora.hub;

import io.github.tlora.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** A zip archive of tables; nothing of it is trusted. */
final class Archive implements AutoCloseable {
  private final String name;
  private final ZipFile zip;
  private final List<ZipEntry> entries;

  /** An archive that is damaged, which fetching it again may mend. */
  static final class Damaged extends IOException {
    private static final long serialVersionUID = 1L;

    Damaged(String message) {
      super(message);
    }
  }

  /**
   * Opens {@code file}.
   *
   * @param name for messages
   * @throws Damaged when it is not whole
   * @throws UserError exit 3 when an entry would leave the directory that it is unpacked into
   */
  Archive(Path file, String name) throws IOException {
    this.name = name;
    try {
      zip = new ZipFile(file.toFile());
    } catch (ZipException | IllegalArgumentException e) {
      throw new Damaged("is no zip archive, or a damaged one (" + e.getMessage() + ")");
    }
    entries = new ArrayList<>(Collections.list(zip.entries()));
    try {
      entries.forEach(this::refuseToLeave);
    } catch (RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  private void refuseToLeave(ZipEntry entry) {
    String path = entry.getName().replace('\\', '/');
    if (path.startsWith("/")
        || path.matches("[A-Za-z]:.*")
        || path.indexOf('\0') >= 0
        || Arrays.asList(path.split("/")).contains("..")) {
      throw UserError.file(
          name
              + ": has an entry that would leave its directory ('"
              + entry.getName()
              + "'). Nothing was unpacked. Do not use this archive");
    }
  }

  /** How many bytes the files called {@code wanted} will take. */
  long bytes(Set<String> wanted) throws Damaged {
    return chosen(wanted).stream().mapToLong(entry -> Math.max(entry.getSize(), 0)).sum();
  }

  /** Writes the files called {@code wanted}, which stand at the top or one directory below. */
  void unpack(Set<String> wanted, Path into) throws IOException {
    for (ZipEntry entry : chosen(wanted)) {
      unpack(entry, into.resolve(fileName(entry)));
    }
  }

  private List<ZipEntry> chosen(Set<String> wanted) throws Damaged {
    Set<String> missing = new TreeSet<>(wanted);
    List<ZipEntry> chosen = new ArrayList<>();
    for (ZipEntry entry : entries) {
      boolean isNear = entry.getName().split("[/\\\\]").length <= 2;
      if (isNear && !entry.isDirectory() && missing.remove(fileName(entry))) {
        chosen.add(entry);
      }
    }
    if (!missing.isEmpty()) {
      throw new Damaged("has no " + String.join(", ", missing));
    }
    return chosen;
  }

  private static String fileName(ZipEntry entry) {
    return entry.getName().replaceFirst(".*[/\\\\]", "");
  }

  /** Java checks neither size nor CRC of what it unpacks from a file. */
  private void unpack(ZipEntry entry, Path file) throws IOException {
    CRC32 crc = new CRC32();
    long left = entry.getSize();
    byte[] buffer = new byte[1 << 16];
    try (InputStream stream = zip.getInputStream(entry);
        OutputStream out = Files.newOutputStream(file)) {
      for (int read; left >= 0 && (read = stream.read(buffer)) >= 0; ) {
        left -= read;
        crc.update(buffer, 0, read);
        out.write(buffer, 0, read);
      }
    } catch (ZipException | java.io.EOFException e) {
      throw new Damaged("is damaged at " + entry.getName());
    }
    if (left != 0 || crc.getValue() != entry.getCrc()) {
      throw new Damaged("is damaged at " + entry.getName());
    }
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
