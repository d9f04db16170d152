package io.github.tlora.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;

/** How the numbers of a weight are kept: in a file, or in memory. */
public enum Dtype {
  /** 32 bits, 24 of them significant. */
  F32(4),
  /** 16 bits, 8 of them significant, with the range of F32. */
  BF16(2),
  /** 16 bits, 11 of them significant, up to 65,504. */
  F16(2);

  private final int bytes;

  Dtype(int bytes) {
    this.bytes = bytes;
  }

  /** PyTorch's name, as config.json has it in {@code torch_dtype}. */
  public String torchName() {
    return switch (this) {
      case F32 -> "float32";
      case BF16 -> "bfloat16";
      case F16 -> "float16";
    };
  }

  /** The lowest finite number. */
  double lowest() {
    return switch (this) {
      case F32 -> -Float.MAX_VALUE;
      case BF16 -> -0x1.FEp127;
      case F16 -> -65504;
    };
  }

  /** Bytes of one number. */
  public int bytes() {
    return bytes;
  }

  /**
   * Numbers as little-endian float32 of the same values.
   *
   * @param stored little-endian, from position 0
   * @return {@code stored} itself where it is F32
   */
  public ByteBuffer toFloats(ByteBuffer stored) {
    if (this == F32) {
      return stored;
    }
    int count = stored.remaining() / bytes;
    ByteBuffer wide = ByteBuffer.allocateDirect(Math.multiplyExact(4, count));
    widen(stored, 0, wide.order(ByteOrder.LITTLE_ENDIAN), count);
    return wide;
  }

  /** Adds the float32 values of numbers that are {@code stored} as this to {@code digest}. */
  public void digest(ByteBuffer stored, MessageDigest digest) {
    if (this == F32) {
      digest.update(stored.duplicate());
      return;
    }
    ByteBuffer block = ByteBuffer.allocate(1 << 18).order(ByteOrder.LITTLE_ENDIAN);
    int count = stored.remaining() / bytes;
    int most = block.capacity() / 4;
    for (int first = 0; first < count; first += most) {
      int now = Math.min(most, count - first);
      widen(stored, first, block, now);
      digest.update(block.array(), 0, 4 * now);
    }
  }

  /** Writes {@code count} numbers from index {@code first} on as float32 to {@code wide}. */
  void widen(ByteBuffer stored, int first, ByteBuffer wide, int count) {
    for (int i = 0; i < count; i++) {
      int bits = stored.getShort(bytes * (first + i)) & 0xFFFF;
      wide.putInt(4 * i, this == BF16 ? bits << 16 : half(bits));
    }
  }

  /** Bits of the float32 with the value of a float16's bits (Float.float16ToFloat is Java 20's). */
  static int half(int bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1F;
    int fraction = bits & 0x3FF;
    if (exponent == 0x1F) {
      return sign | 0x7F800000 | (fraction << 13);
    }
    if (exponent == 0) {
      return sign | Float.floatToRawIntBits(fraction * 0x1p-24f);
    }
    return sign | ((exponent + 112) << 23) | (fraction << 13);
  }

  /**
   * Numbers as this, each rounded to the nearest, ties to even; too large ones become infinite.
   *
   * @param floats little-endian float32
   * @return little-endian; {@code floats} itself where this is F32
   */
  ByteBuffer narrow(ByteBuffer floats) {
    if (this == F32) {
      return floats;
    }
    ByteBuffer wide = floats.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer narrow =
        ByteBuffer.allocate(wide.remaining() / Float.BYTES * bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (wide.hasRemaining()) {
      int bits = wide.getInt();
      narrow.putShort((short) (this == BF16 ? brain(bits) : half(Float.intBitsToFloat(bits))));
    }
    return narrow.flip();
  }

  private static int brain(int bits) {
    boolean isNaN = (bits & 0x7FFFFFFF) > 0x7F800000;
    return isNaN ? (bits >>> 16) | 0x40 : (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
  }

  /** Bits of the nearest float16 (Float.floatToFloat16 is Java 20's). */
  private static int half(float value) {
    int sign = (Float.floatToRawIntBits(value) >>> 16) & 0x8000;
    double size = Math.abs((double) value);
    if (Double.isNaN(size)) {
      return sign | 0x7E00;
    }
    if (size >= 65520) { // half-way to the number after the largest
      return sign | 0x7C00;
    }
    int exponent = Math.max(-14, Math.getExponent(size)); // below 2^-14 the steps stay the same
    // In steps of the last place; a carry out of the fraction is the next exponent's 0.
    int steps = (int) Math.rint(Math.scalb(size, 10 - exponent));
    return sign | (((exponent + 14) << 10) + steps);
  }
}
