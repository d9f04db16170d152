package io.github.tlora.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file's hash as the hub gives it.
 *
 * @param kind how it is computed
 * @param hex lower-case digits
 */
record Checksum(Kind kind, String hex) {
  enum Kind {
    /** Of the content: large files. */
    SHA256("SHA-256"),
    /** What git calls a blob: SHA-1 of a header with the size, then the content. */
    GIT_BLOB("SHA-1");

    private final String algorithm;

    Kind(String algorithm) {
      this.algorithm = algorithm;
    }
  }

  /** The hash of {@code kind} of what {@code file} holds. */
  static Checksum of(Kind kind, Path file) throws IOException {
    MessageDigest digest = digest(kind);
    if (kind == Kind.GIT_BLOB) {
      String header = "blob " + Files.size(file) + "\0";
      digest.update(header.getBytes(StandardCharsets.US_ASCII));
    }
    byte[] buffer = new byte[1 << 16];
    try (InputStream stream = Files.newInputStream(file)) {
      for (int read; (read = stream.read(buffer)) >= 0; ) {
        digest.update(buffer, 0, read);
      }
    }
    return new Checksum(kind, HexFormat.of().formatHex(digest.digest()));
  }

  /** Whether {@code file} has it. */
  boolean fits(Path file) throws IOException {
    return of(kind, file).equals(this);
  }

  /** The hash's name, as people write it. */
  String algorithm() {
    return kind.algorithm;
  }

  private static MessageDigest digest(Kind kind) {
    try {
      return MessageDigest.getInstance(kind.algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has both
    }
  }
}
