package io.github.tlora.pickle;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Pickles put together instruction by instruction, right or wrong. */
final class RawPickle {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** A pickle of protocol 2 that has only begun. */
  RawPickle() {
    op(0x80, 2);
  }

  /** Instructions, and arguments of one byte. */
  RawPickle op(int... codes) {
    for (int code : codes) {
      bytes.write(code);
    }
    return this;
  }

  /** Instructions without arguments. */
  RawPickle ops(String codes) {
    return raw(codes.getBytes(StandardCharsets.ISO_8859_1));
  }

  RawPickle raw(byte[] more) {
    bytes.writeBytes(more);
    return this;
  }

  RawPickle i4(int value) {
    return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  RawPickle i8(long value) {
    return raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  RawPickle text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return op('X').i4(utf8.length).raw(utf8);
  }

  RawPickle integer(long value) {
    return op(0x8a, 8).i8(value);
  }

  RawPickle global(String module, String name) {
    return op('c').raw((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** A tuple of integers. */
  RawPickle tuple(long... values) {
    op('(');
    for (long value : values) {
      integer(value);
    }
    return op('t');
  }

  /** A storage of {@code count} float32. */
  RawPickle storage(String key, long count) {
    return op('(')
        .text("storage")
        .global("torch", "FloatStorage")
        .text(key)
        .text("cpu")
        .integer(count)
        .ops("tQ");
  }

  /** A tensor in storage "0" of {@code count} float32. */
  RawPickle tensor(long count, long first, long[] shape, long... stride) {
    return global("torch._utils", "_rebuild_tensor_v2")
        .op('(')
        .storage("0", count)
        .integer(first)
        .tuple(shape)
        .tuple(stride)
        .op(0x89)
        .ops(")tR");
  }

  /** What was put together, and the end. */
  byte[] stop() {
    return op('.').bytes.toByteArray();
  }
}
