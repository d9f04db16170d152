package io.github.tlora.tensor;

import java.nio.ByteBuffer;
import java.util.Set;

/** Named tensors in a file or archive. */
public interface WeightSource extends AutoCloseable {
  /** What it is, for messages: a path, or the name of the bundled encoder. */
  String location();

  Set<String> names();

  /** The dimensions of {@code name}. */
  long[] shape(String name);

  /** The values of {@code name} as little-endian float32, row by row, from position 0. */
  ByteBuffer floats(String name);

  @Override
  void close();
}
