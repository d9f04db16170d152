package io.github.tlora;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, as results and files write it: 64 lower-case hexadecimal digits. */
public final class Sha256 {
  private Sha256() {}

  /** A digest that is fed piece by piece; {@link #hex} ends it. */
  public static MessageDigest start() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has SHA-256
    }
  }

  /** The digits of what {@code digest} was fed with. */
  public static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Of {@code bytes}. */
  public static String of(byte[] bytes) {
    return of(ByteBuffer.wrap(bytes));
  }

  /** Of what remains in {@code bytes}, which are left as they are. */
  public static String of(ByteBuffer bytes) {
    MessageDigest digest = start();
    digest.update(bytes.duplicate());
    return hex(digest);
  }

  /** Of {@code text} in UTF-8. */
  public static String of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }
}
