package io.github.tlora.tensor;

import io.github.tlora.UserError;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Set;

/** Named tensors in a file or archive. */
public interface WeightSource extends AutoCloseable {
  /** What it is, for messages: a path, or the name of the bundled encoder. */
  String location();

  Set<String> names();

  /** The dimensions of {@code name}. */
  long[] shape(String name);

  /**
   * How the numbers of {@code name} are stored.
   *
   * @throws UserError exit 3 when they are of no type that weights have
   */
  Dtype dtype(String name);

  /**
   * The stored values of {@code name}: little-endian, row by row, from position 0 of a direct
   * buffer; mapped from the file where possible, so that only what is read takes memory.
   */
  ByteBuffer bytes(String name);

  /** The values of {@code name} as little-endian float32, row by row, from position 0. */
  default ByteBuffer floats(String name) {
    return dtype(name).toFloats(bytes(name));
  }

  /** Adds the float32 values of {@code name} to {@code digest}, whatever they are stored as. */
  default void digest(String name, MessageDigest digest) {
    Dtype dtype = dtype(name);
    ByteBuffer stored = bytes(name);
    if (dtype == Dtype.F32) {
      digest.update(stored.duplicate());
      return;
    }
    ByteBuffer block = ByteBuffer.allocate(1 << 18).order(ByteOrder.LITTLE_ENDIAN);
    int count = stored.remaining() / dtype.bytes();
    for (int i = 0; i < count; i += block.capacity() / 4) {
      int now = Math.min(block.capacity() / 4, count - i);
      dtype.widen(stored, i, block, now);
      digest.update(block.array(), 0, 4 * now);
    }
  }

  @Override
  void close();
}
