package io.github.tlora.pickle;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Where the entries of a zip file lie, with the 64-bit extensions. The JDK's {@code ZipFile} does
 * not tell, and only from a place can an entry be mapped.
 *
 * <p>Checksums are not compared: PyTorch can be told to write none.
 */
final class ZipDirectory {
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_LOCATOR = 0x07064b50;
  private static final int ENTRY = 0x02014b50;
  private static final int LOCAL = 0x04034b50;
  private static final int END_SIZE = 22;
  private static final int LOCAL_SIZE = 30;
  private static final int LONGEST_COMMENT = 0xFFFF;
  private static final long SEE_64 = 0xFFFFFFFFL;

  /** An entry as the directory has it. */
  private record Entry(long local, long stored, long size, int method, boolean encrypted) {}

  /** The bytes of an entry. */
  record Region(long start, long size) {}

  private final FileBytes file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  ZipDirectory(FileBytes file) throws IOException {
    this.file = file;
    long end = end();
    ByteBuffer last = file.read(end, END_SIZE);
    long count = Short.toUnsignedInt(last.getShort(10));
    long size = Integer.toUnsignedLong(last.getInt(12));
    long start = Integer.toUnsignedLong(last.getInt(16));
    if (end >= 20 && file.read(end - 20, 4).getInt() == END_64_LOCATOR) {
      ByteBuffer large = file.read(file.read(end - 12, 8).getLong(), 56);
      if (large.getInt(0) != END_64) {
        throw damaged();
      }
      count = large.getLong(32);
      size = large.getLong(40);
      start = large.getLong(48);
    }
    if (size > PickleMachine.LARGEST) {
      throw damaged();
    }
    readEntries(file.map(start, size), count);
  }

  /** The place of the end record: the last one whose comment ends with the file. */
  private long end() throws IOException {
    int length = (int) Math.min(file.size(), END_SIZE + LONGEST_COMMENT);
    ByteBuffer tail = file.read(file.size() - length, length);
    for (int i = length - END_SIZE; i >= 0; i--) {
      if (tail.getInt(i) == END
          && Short.toUnsignedInt(tail.getShort(i + 20)) == length - END_SIZE - i) {
        return file.size() - length + i;
      }
    }
    throw PickleFault.damaged("the zip file is cut short: it has no directory at its end");
  }

  private void readEntries(ByteBuffer directory, long count) {
    try {
      for (long i = 0; i < count; i++) {
        readEntry(directory);
      }
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw PickleFault.damaged("the zip file's directory ends early", e);
    }
  }

  private void readEntry(ByteBuffer directory) {
    ByteBuffer head = part(directory, 46);
    if (head.getInt(0) != ENTRY) {
      throw damaged();
    }
    byte[] name = new byte[Short.toUnsignedInt(head.getShort(28))];
    part(directory, name.length).get(name);
    ByteBuffer extra = extra64(part(directory, Short.toUnsignedInt(head.getShort(30))));
    part(directory, Short.toUnsignedInt(head.getShort(32))); // the comment
    long size = large(Integer.toUnsignedLong(head.getInt(24)), extra);
    long stored = large(Integer.toUnsignedLong(head.getInt(20)), extra);
    long local = large(Integer.toUnsignedLong(head.getInt(42)), extra);
    Entry entry = new Entry(local, stored, size, head.getShort(10), (head.getShort(8) & 1) != 0);
    String text = new String(name, StandardCharsets.UTF_8);
    if (entries.put(text, entry) != null) {
      throw PickleFault.damaged("the zip file has two entries " + PickleFault.quoted(text));
    }
  }

  /** The next {@code length} bytes. */
  private static ByteBuffer part(ByteBuffer bytes, int length) {
    ByteBuffer part = bytes.slice(bytes.position(), length).order(bytes.order());
    bytes.position(bytes.position() + length);
    return part;
  }

  /** The 64-bit values among an entry's extra fields. */
  private static ByteBuffer extra64(ByteBuffer extras) {
    while (extras.remaining() >= 4) {
      short id = extras.getShort();
      ByteBuffer field = part(extras, Short.toUnsignedInt(extras.getShort()));
      if (id == 1) {
        return field;
      }
    }
    return extras.limit(extras.position());
  }

  private static long large(long value, ByteBuffer extra) {
    return value == SEE_64 ? extra.getLong() : value;
  }

  Set<String> names() {
    return Collections.unmodifiableSet(entries.keySet());
  }

  /** The place of an entry's bytes. */
  Region region(String name) throws IOException {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw PickleFault.damaged("the zip file has no entry " + PickleFault.quoted(name));
    }
    if (entry.method() != 0 || entry.encrypted() || entry.stored() != entry.size()) {
      throw PickleFault.unsupported(
          "the zip file's entry " + PickleFault.quoted(name) + " is compressed or encrypted");
    }
    ByteBuffer local = file.read(entry.local(), LOCAL_SIZE);
    if (local.getInt(0) != LOCAL) {
      throw damaged();
    }
    long start =
        entry.local()
            + LOCAL_SIZE
            + Short.toUnsignedInt(local.getShort(26))
            + Short.toUnsignedInt(local.getShort(28));
    if (entry.size() < 0 || entry.size() > file.size() - start) {
      throw PickleFault.damaged(
          "the zip file's entry " + PickleFault.quoted(name) + " reaches beyond its end");
    }
    return new Region(start, entry.size());
  }

  private static PickleFault damaged() {
    return PickleFault.damaged("the zip file's directory is damaged");
  }
}
