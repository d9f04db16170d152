package io.github.tlora.pickle;

/**
 * Values in a row that tensors look into.
 *
 * @param key what the file calls it
 * @param count the number of elements
 */
record Storage(String key, ElementType type, long count) {
  /** Bytes of all elements. */
  long bytes() {
    return Math.multiplyExact(count, type.bytes());
  }
}
