package io.github.tlora.pickle;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;

/** The arguments of opcodes. Every length is checked against the bytes that are left. */
final class PickleInput {
  /** A module's or function's name in Python source is far shorter. */
  private static final int LONGEST_LINE = 1_000;

  private static final int LONGEST_INTEGER = 255;

  private final ByteBuffer bytes;
  private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();

  PickleInput(ByteBuffer bytes) {
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  int u1() {
    return Byte.toUnsignedInt(bytes.get());
  }

  int u2() {
    return Short.toUnsignedInt(bytes.getShort());
  }

  int i4() {
    return bytes.getInt();
  }

  long i8() {
    return bytes.getLong();
  }

  /** A float64, which alone is big-endian. */
  double f8() {
    return Double.longBitsToDouble(Long.reverseBytes(bytes.getLong()));
  }

  /** Takes {@code length} as a count of bytes that are still there. */
  int count(long length) {
    if (length < 0 || length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    return (int) length;
  }

  void skip(long length) {
    int count = count(length);
    bytes.position(bytes.position() + count);
  }

  String text(long length) {
    ByteBuffer part = bytes.slice(bytes.position(), count(length));
    skip(length);
    try {
      return utf8.decode(part).toString();
    } catch (CharacterCodingException e) {
      throw PickleFault.damaged("a text in it is not UTF-8", e);
    }
  }

  /** The text up to the next line feed. */
  String line() {
    int start = bytes.position();
    int length = 0;
    while (bytes.get() != '\n') {
      if (++length > LONGEST_LINE) {
        throw PickleFault.damaged("a name in it is over " + LONGEST_LINE + " bytes long");
      }
    }
    bytes.position(start);
    String line = text(length);
    skip(1);
    return line;
  }

  /** An integer of {@code length} bytes; a long wherever it is one. */
  Object integer(long length) {
    if (length > LONGEST_INTEGER) {
      throw PickleFault.damaged("an integer in it has " + length + " bytes");
    }
    byte[] reversed = new byte[count(length)];
    for (int i = reversed.length - 1; i >= 0; i--) {
      reversed[i] = bytes.get();
    }
    BigInteger value = reversed.length == 0 ? BigInteger.ZERO : new BigInteger(reversed);
    return value.bitLength() < Long.SIZE ? (Object) value.longValueExact() : value;
  }
}
