package io.github.tlora.data;

import io.github.tlora.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Tokens of splits, kept on disk so that a second run need not tokenize them again. A cache, and no
 * more: what is damaged is made anew, and what cannot be written is not kept.
 *
 * @param directory where they are; made when it is needed
 * @param limit bytes of all files; the longest unused go first
 */
public record TokenCache(Path directory, long limit) {
  /** Fewer rows are tokenized as fast as they are read. */
  static final int FEWEST_ROWS = 2000;

  private static final String EXTENSION = ".tokens";
  private static final int MAGIC = 0x544C5452; // TLTR
  private static final int VERSION = 1; // of the file's form and of what makes the tokens
  private static final int HASH_BYTES = 32;

  /** A cache of one gigabyte: the tokens of all of GLUE several times. */
  public static TokenCache in(Path directory) {
    return new TokenCache(directory, 1L << 30);
  }

  /**
   * The tokens of {@code rows}: from the cache or else by {@code tokenizer}, and then kept.
   *
   * @throws io.github.tlora.UserError as the tokenizer does
   */
  public List<Tokenizer.Tokens> tokens(List<Example> rows, Tokenizer tokenizer) {
    if (rows.size() < FEWEST_ROWS) {
      return tokenizer.encode(rows);
    }
    Path file = file(rows, tokenizer);
    Optional<List<Tokenizer.Tokens>> kept = read(file, rows.size());
    if (kept.isPresent()) {
      return kept.get();
    }
    List<Tokenizer.Tokens> made = tokenizer.encode(rows);
    keep(made, file);
    return made;
  }

  /**
   * By the texts, not by the file that they came from: of one file, tasks read different columns,
   * and a run may take a part of its rows.
   */
  Path file(List<Example> rows, Tokenizer tokenizer) {
    MessageDigest digest = Sha256.start();
    add(digest, Integer.toString(VERSION));
    add(digest, tokenizer.fingerprint());
    for (Example row : rows) {
      add(digest, row.text());
      add(digest, row.pair());
    }
    return directory.resolve(Sha256.hex(digest) + EXTENSION);
  }

  /** With its length, so that texts cannot run into each other. */
  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(4).putInt(bytes == null ? -1 : bytes.length).flip());
    if (bytes != null) {
      digest.update(bytes);
    }
  }

  /** What {@code file} holds; empty when it is not there or not whole. */
  private static Optional<List<Tokenizer.Tokens>> read(Path file, int rows) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      Optional<List<Tokenizer.Tokens>> tokens = parse(bytes, rows);
      if (tokens.isPresent()) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now())); // it was of use
      }
      return tokens;
    } catch (IOException | BufferUnderflowException e) {
      return Optional.empty();
    }
  }

  private static Optional<List<Tokenizer.Tokens>> parse(byte[] bytes, int rows) {
    int end = bytes.length - HASH_BYTES;
    if (end < 0
        || !MessageDigest.isEqual(
            digest(bytes, end), Arrays.copyOfRange(bytes, end, bytes.length))) {
      return Optional.empty();
    }
    ByteBuffer content = ByteBuffer.wrap(bytes, 0, end);
    if (content.getInt() != MAGIC || content.getInt() != VERSION || content.getInt() != rows) {
      return Optional.empty();
    }
    int[] lengths = new int[rows];
    content.asIntBuffer().get(lengths);
    content.position(content.position() + rows * Integer.BYTES);
    List<Tokenizer.Tokens> tokens = new ArrayList<>(rows);
    for (int length : lengths) {
      long[] ids = new long[length];
      long[] types = new long[length];
      for (int i = 0; i < length; i++) {
        ids[i] = content.getInt();
      }
      for (int i = 0; i < length; i++) {
        types[i] = content.get();
      }
      tokens.add(new Tokenizer.Tokens(ids, types));
    }
    return Optional.of(tokens);
  }

  private static byte[] digest(byte[] bytes, int end) {
    MessageDigest digest = Sha256.start();
    digest.update(bytes, 0, end);
    return digest.digest();
  }

  private void keep(List<Tokenizer.Tokens> rows, Path file) {
    long size = 3L * Integer.BYTES + HASH_BYTES;
    for (Tokenizer.Tokens row : rows) {
      size += Integer.BYTES + row.length() * (Integer.BYTES + 1L);
    }
    if (size > Math.min(limit, Integer.MAX_VALUE - 8)) {
      return;
    }
    ByteBuffer content = ByteBuffer.allocate((int) size);
    content.putInt(MAGIC).putInt(VERSION).putInt(rows.size());
    rows.forEach(row -> content.putInt(row.length()));
    for (Tokenizer.Tokens row : rows) {
      Arrays.stream(row.ids()).forEach(id -> content.putInt((int) id));
      Arrays.stream(row.typeIds()).forEach(type -> content.put((byte) type));
    }
    content.put(digest(content.array(), content.position()));
    try {
      Files.createDirectories(directory);
      // A name of its own, since two runs may make the same.
      Path aside =
          directory.resolve(
              "." + file.getFileName() + "-" + ProcessHandle.current().pid() + ".part");
      try {
        Files.write(aside, content.array());
        Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(aside);
      }
      makeRoom();
    } catch (IOException | UncheckedIOException e) {
      // No room, or no right to write: the next run tokenizes again.
      return;
    }
  }

  private void makeRoom() throws IOException {
    List<Path> newestFirst;
    try (Stream<Path> paths = Files.list(directory)) {
      newestFirst =
          paths
              .filter(path -> path.toString().endsWith(EXTENSION))
              .sorted(Comparator.comparing((Path path) -> path.toFile().lastModified()).reversed())
              .toList();
    }
    long bytes = 0;
    for (Path path : newestFirst) {
      bytes += Files.size(path);
      if (bytes > limit) {
        Files.deleteIfExists(path);
      }
    }
  }
}
