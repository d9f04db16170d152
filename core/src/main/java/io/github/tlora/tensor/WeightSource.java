package io.github.tlora.tensor;

import io.github.tlora.UserError;
import java.nio.ByteBuffer;
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

  /** The element type of {@code name} as the file says it, such as {@code F32}. */
  default String storedType(String name) {
    return dtype(name).name();
  }

  /**
   * The stored values of {@code name}: little-endian, row by row, from position 0 of a direct
   * buffer; mapped from the file where possible, so that only what is read takes memory. The buffer
   * is the caller's, who may {@linkplain DirectMemory#free free} it.
   */
  ByteBuffer bytes(String name);

  /** The values of {@code name} as little-endian float32, row by row, from position 0. */
  default ByteBuffer floats(String name) {
    return dtype(name).toFloats(bytes(name));
  }

  @Override
  void close();
}
