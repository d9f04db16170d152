package io.github.tlora.pickle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A view of a storage, checked to lie inside it.
 *
 * @param first the index of its first element in the storage
 * @param stride how far its elements lie apart in the storage, for each dimension
 */
record StoredTensor(Storage storage, long first, long[] shape, long[] stride) {
  private static final int MOST_DIMENSIONS = 16;

  StoredTensor {
    if (shape.length != stride.length) {
      throw PickleFault.damaged(
          "a tensor has " + shape.length + " dimensions but not as many strides");
    }
    try {
      long elements = 1;
      long last = first;
      for (int i = 0; i < shape.length; i++) {
        elements = Math.multiplyExact(elements, shape[i]);
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[i] - 1), stride[i]));
      }
      if (first > storage.count() || (elements > 0 && last >= storage.count())) {
        throw PickleFault.damaged("a tensor reaches beyond its storage");
      }
      Math.multiplyExact(elements, storage.type().bytes());
    } catch (ArithmeticException e) {
      throw PickleFault.damaged("a tensor is larger than any file", e);
    }
  }

  /** From the arguments of {@code _rebuild_tensor_v2}. */
  static StoredTensor of(PyTuple arguments) {
    if (arguments.get(6) != null) {
      throw PickleFault.unsupported("a tensor is the negative or conjugate of what is stored");
    }
    if (arguments.get(0) instanceof Storage storage
        && arguments.get(1) instanceof Long first
        && first >= 0
        && arguments.get(2) instanceof PyTuple shape
        && arguments.get(3) instanceof PyTuple stride) {
      return new StoredTensor(storage, first, sizes(shape), sizes(stride));
    }
    throw PickleFault.damaged("a tensor lacks its storage, place, shape or strides");
  }

  private static long[] sizes(PyTuple tuple) {
    if (tuple.size() > MOST_DIMENSIONS) {
      throw PickleFault.damaged("a tensor has " + tuple.size() + " dimensions");
    }
    long[] sizes = new long[tuple.size()];
    for (int i = 0; i < sizes.length; i++) {
      if (!(tuple.get(i) instanceof Long size) || size < 0) {
        throw PickleFault.damaged(
            "a tensor has a size or stride that is no whole number from 0 on");
      }
      sizes[i] = size;
    }
    return sizes;
  }

  /** Bytes of its elements, side by side. */
  long bytes() {
    return Arrays.stream(shape).reduce(storage.type().bytes(), (a, b) -> a * b);
  }

  /** Whether its elements lie in the storage as they do in a row-by-row copy. */
  boolean isContiguous() {
    long expected = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] > 1 && stride[i] != expected) {
        return bytes() == 0;
      }
      expected *= shape[i];
    }
    return true;
  }

  /** Its elements, row by row, out of all those of the storage. */
  ByteBuffer gather(ByteBuffer stored) {
    int width = storage.type().bytes();
    ByteBuffer rows = ByteBuffer.allocateDirect(Math.toIntExact(bytes()));
    long[] index = new long[shape.length];
    long at = first;
    while (rows.hasRemaining()) {
      rows.put(rows.position(), stored, Math.toIntExact(at * width), width);
      rows.position(rows.position() + width);
      for (int d = shape.length - 1; d >= 0; d--) { // the next index, like an odometer's
        at += stride[d];
        if (++index[d] < shape[d]) {
          break;
        }
        at -= index[d] * stride[d];
        index[d] = 0;
      }
    }
    return rows.flip().order(ByteOrder.LITTLE_ENDIAN);
  }
}
