package io.github.tlora.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of over 4 GiB, whose zeros take no space on the disk. */
class PyTorchLargeTest {
  /** Elements of the two large storages; the first alone has over 2 GiB. */
  private static final long[] COUNTS = {600_000_000, 530_000_000, 3};

  private static final byte[] MAGIC = {
    0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20, 0x6a, (byte) 0xa8, 0x50, 0x19
  };

  @TempDir Path dir;

  /** Views of three storages in a row, the last of which lies beyond 4 GiB. */
  private static byte[] pickle() {
    RawPickle pickle = new RawPickle().ops("}(");
    view(pickle.text("whole"), 0, 0, COUNTS[0]);
    view(pickle.text("end of first"), 0, COUNTS[0] - 2, 2);
    view(pickle.text("second"), 1, 0, COUNTS[1]);
    view(pickle.text("third"), 2, 0, COUNTS[2]);
    return pickle.ops("u").stop();
  }

  private static void view(RawPickle pickle, int storage, long first, long length) {
    pickle
        .global("torch._utils", "_rebuild_tensor_v2")
        .op('(')
        .storage(Integer.toString(storage), COUNTS[storage])
        .integer(first)
        .tuple(length)
        .tuple(1)
        .op(0x89)
        .ops(")tR");
  }

  private static FileChannel sparse(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE);
  }

  private static ByteBuffer littleEndian(int capacity) {
    return ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Marks the last two numbers of the first and second storage, and all of the third. */
  private static void mark(FileChannel file, int storage, long start) throws IOException {
    long end = start + 4 * COUNTS[storage];
    int count = storage == 2 ? 3 : 2;
    ByteBuffer values = littleEndian(4 * count);
    for (int i = 0; i < count; i++) {
      values.putFloat(10 * storage + i + 1);
    }
    file.write(values.flip(), end - 4L * count);
  }

  private static void assertReadable(Path path) {
    try (WeightSource source = new PyTorchFile(path)) {
      ByteBuffer end = source.bytes("end of first");
      assertThat(end.remaining()).isEqualTo(8);
      assertThat(end.getFloat(0)).isEqualTo(1);
      assertThat(end.getFloat(4)).isEqualTo(2);
      ByteBuffer second = source.bytes("second");
      assertThat(second.remaining()).isEqualTo(2_120_000_000);
      assertThat(second.getFloat(0)).isZero();
      assertThat(second.getFloat(2_120_000_000 - 4)).isEqualTo(12);
      ByteBuffer third = source.bytes("third");
      assertThat(third.getFloat(0)).isEqualTo(21);
      assertThat(third.getFloat(8)).isEqualTo(23);
      assertThatThrownBy(() -> source.bytes("whole"))
          .hasMessage(
              path
                  + ": not a usable PyTorch file: tensor 'whole' is over 2 GiB. Use a checkpoint"
                  + " without such a tensor");
    }
  }

  @Test
  void a_stream_of_over_4_gib_is_read() throws IOException {
    Path path = dir.resolve("stream.bin");
    try (FileChannel file = sparse(path)) {
      RawPickle head = new RawPickle().op(0x8a, 10).raw(MAGIC).op('.', 0x80, 2).integer(1001);
      head.op('.', 0x80, 2).ops("}").text("little_endian").op(0x88).ops("s.").raw(pickle());
      head.op(0x80, 2).ops("](").text("0").text("1").text("2");
      file.write(ByteBuffer.wrap(head.ops("e").stop()));
      long at = file.position();
      for (int i = 0; i < COUNTS.length; i++) {
        file.write(littleEndian(8).putLong(0, COUNTS[i]), at);
        mark(file, i, at + 8);
        at += 8 + 4 * COUNTS[i];
      }
      assertThat(at).isGreaterThan(1L << 32);
    }
    assertReadable(path);
  }

  @Test
  void a_zip_of_over_4_gib_is_read() throws IOException {
    Path path = dir.resolve("zip.bin");
    try (FileChannel file = sparse(path)) {
      ByteBuffer directory = littleEndian(1000);
      byte[] pickle = pickle();
      long at = entry(file, directory, 0, "archive/data.pkl", pickle.length);
      file.write(ByteBuffer.wrap(pickle), at);
      at += pickle.length;
      for (int i = 0; i < COUNTS.length; i++) {
        at = entry(file, directory, at, "archive/data/" + i, 4 * COUNTS[i]);
        mark(file, i, at);
        at += 4 * COUNTS[i];
      }
      assertThat(at).isGreaterThan(1L << 32);
      finish(file, directory.flip(), at);
    }
    assertReadable(path);
  }

  /** Writes an entry's header at {@code at} and its line of the directory; gives its start. */
  private static long entry(FileChannel file, ByteBuffer directory, long at, String name, long size)
      throws IOException {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer local = littleEndian(30 + text.length);
    local.putInt(0x04034b50).position(26);
    file.write(local.putShort((short) text.length).putShort((short) 0).put(text).flip(), at);
    int start = directory.position();
    directory.putInt(0x02014b50).position(start + 20);
    directory.putInt(-1).putInt(-1).putShort((short) text.length).putShort((short) 28);
    directory.position(start + 42);
    directory.putInt(-1).put(text); // -1: the number is among the 64-bit ones
    directory.putShort((short) 1).putShort((short) 24).putLong(size).putLong(size).putLong(at);
    return at + 30 + text.length;
  }

  private static void finish(FileChannel file, ByteBuffer directory, long at) throws IOException {
    int size = directory.remaining();
    file.write(directory, at);
    ByteBuffer end = littleEndian(56 + 20 + 22);
    end.putInt(0x06064b50).putLong(44).position(32);
    end.putLong(4).putLong(size).putLong(at);
    end.putInt(0x07064b50).putInt(0).putLong(at + size).putInt(1);
    end.putInt(0x06054b50).putInt(-1).putShort((short) -1).putShort((short) -1);
    file.write(end.putInt(-1).putInt(-1).putShort((short) 0).flip(), at + size);
  }
}
