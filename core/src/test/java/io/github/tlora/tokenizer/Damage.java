package io.github.tlora.tokenizer;

import io.github.tlora.tensor.SplitMix64;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Ways in which a file may be damaged, chosen by a seeded generator. */
record Damage(SplitMix64 random) {
  private static final String[] VALUES = {
    "null", "{}", "[]", "-1", "\"\"", "\" \"", "99999999999", "0", "true", "1e400", "\"[SEP]\""
  };

  /** {@code file} with one kind of damage; the file itself stays as it is. */
  byte[] to(byte[] file) {
    return switch (random.nextInt(7)) {
      case 0 -> flipped(file);
      case 1 -> Arrays.copyOf(file, random.nextInt(file.length));
      case 2 -> line(file, 2);
      case 3 -> line(file, 0);
      case 4 -> replaced(file, new byte[] {-1, -1, -1, -1, 7}); // as a length: 2 GiB
      case 5 -> replaced(file, new byte[] {-1, -1, -1, -1, 15}); // as a length: -1
      default -> value(file);
    };
  }

  /** Often near the start or the end, where small files and the rules of large ones are. */
  private int place(byte[] file) {
    int near = Math.min(file.length, 1 + random.nextInt(4000));
    return switch (random.nextInt(3)) {
      case 0 -> near - 1;
      case 1 -> file.length - near;
      default -> random.nextInt(file.length);
    };
  }

  private byte[] flipped(byte[] file) {
    byte[] damaged = file.clone();
    for (int i = random.nextInt(8); i >= 0; i--) {
      damaged[place(file)] ^= (byte) (1 << random.nextInt(8));
    }
    return damaged;
  }

  /** One line so many times: 0 removes it, 2 doubles it. */
  private byte[] line(byte[] file, int times) {
    int start = place(file);
    int end = start;
    while (start > 0 && file[start - 1] != '\n') {
      start--;
    }
    while (end < file.length && file[end++] != '\n') {}
    ByteArrayOutputStream damaged = new ByteArrayOutputStream();
    damaged.write(file, 0, start);
    for (int i = 0; i < times; i++) {
      damaged.write(file, start, end - start);
    }
    damaged.write(file, end, file.length - end);
    return damaged.toByteArray();
  }

  private byte[] replaced(byte[] file, byte[] bytes) {
    int at = place(file);
    ByteArrayOutputStream damaged = new ByteArrayOutputStream();
    damaged.write(file, 0, at);
    damaged.writeBytes(bytes);
    int rest = Math.min(file.length, at + 1);
    damaged.write(file, rest, file.length - rest);
    return damaged.toByteArray();
  }

  /** Another value behind a colon; elsewhere that is a text put in. */
  private byte[] value(byte[] file) {
    int start = place(file);
    while (start < file.length && file[start] != ':') {
      start++;
    }
    start = Math.min(start + 1, file.length);
    int end = start;
    while (end < file.length && file[end] != ',' && file[end] != '}' && file[end] != '\n') {
      end++;
    }
    ByteArrayOutputStream damaged = new ByteArrayOutputStream();
    damaged.write(file, 0, start);
    damaged.writeBytes(VALUES[random.nextInt(VALUES.length)].getBytes(StandardCharsets.UTF_8));
    damaged.write(file, end, file.length - end);
    return damaged.toByteArray();
  }
}
