package io.github.tlora.tensor;

import io.github.tlora.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One seed, many named streams. Two names never share numbers, and a stream does not depend on what
 * else was drawn: that is what lets an adapter file store a seed instead of matrices.
 *
 * <p>Specified in docs/formats/adapter.md: a stream's state is the first 8 bytes, big-endian, of
 * the SHA-256 of {@code "tlora-normal-1/" + seed + "/" + name} in UTF-8.
 */
public record Seeds(long seed) {
  /** Name and version of the generator, as written in adapter files. */
  public static final String GENERATOR = "tlora-normal-1";

  /** The generator of the stream called {@code name}. */
  public SplitMix64 stream(String name) {
    return new SplitMix64(state(name));
  }

  /** The first state of the stream called {@code name}. */
  public long state(String name) {
    byte[] key = (GENERATOR + "/" + seed + "/" + name).getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.wrap(Sha256.start().digest(key)).getLong();
  }
}
