package io.github.tlora.pickle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** A file of any size, read in parts that are checked to lie inside of it. */
record FileBytes(FileChannel channel, long size) {
  /** The bytes from {@code start} on, mapped; little-endian. */
  ByteBuffer map(long start, long length) throws IOException {
    check(start, length);
    return channel.map(FileChannel.MapMode.READ_ONLY, start, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A copy of a few bytes from {@code start} on; little-endian. */
  ByteBuffer read(long start, int length) throws IOException {
    check(start, length);
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, start + bytes.position()) < 0) {
        throw PickleFault.damaged("it ends early");
      }
    }
    return bytes.flip();
  }

  private void check(long start, long length) {
    if (start < 0 || length < 0 || start > size || length > size - start) {
      throw PickleFault.damaged("it ends early");
    }
  }
}
