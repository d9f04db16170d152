package io.github.tlora.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/**
 * SentencePiece's compiled normalizer: the bytes of a trie of texts (a double array of 32-bit
 * units), and what each becomes, ended by a zero byte. The native tokenizer follows the trie
 * without a look at its bounds, and a damaged one would end the process, so it is walked here
 * first.
 */
final class CharsMap {
  private final ByteBuffer units;
  private final byte[] texts;
  private final CheckpointFile file;

  private CharsMap(byte[] bytes, CheckpointFile file) {
    this.file = file;
    ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int size = bytes.length < 8 ? -1 : all.getInt();
    if (size < 4 || size % 4 != 0 || size > bytes.length - 4) {
      throw damaged();
    }
    this.units = all.slice(4, size).order(ByteOrder.LITTLE_ENDIAN);
    this.texts = new byte[bytes.length - 4 - size];
    all.position(4 + size).get(texts);
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(texts));
    } catch (CharacterCodingException e) {
      throw damaged();
    }
  }

  /**
   * Checks a compiled normalizer.
   *
   * @throws io.github.tlora.UserError exit 3 when it is damaged
   */
  static void check(byte[] bytes, CheckpointFile file) {
    new CharsMap(bytes, file).walk();
  }

  private void walk() {
    BitSet seen = new BitSet();
    Deque<Integer> open = new ArrayDeque<>();
    int root = offset(unit(0));
    open.push(root);
    seen.set(root);
    while (!open.isEmpty()) {
      int base = open.pop();
      for (int label = 1; label < 256; label++) {
        int unit = unit(base ^ label);
        if ((unit & 0x800000FF) == label) {
          int next = (base ^ label) ^ offset(unit);
          if ((unit >>> 8 & 1) == 1) {
            requireText(unit(next) & 0x7FFFFFFF);
          }
          if (!seen.get(next)) {
            seen.set(next);
            open.push(next);
          }
        }
      }
    }
  }

  private static int offset(int unit) {
    return (unit >>> 10) << ((unit & 1 << 9) >>> 6);
  }

  private int unit(int index) {
    if (index < 0 || index >= units.capacity() / 4) {
      throw damaged();
    }
    return units.getInt(4 * index);
  }

  /** A text begins in the middle of no character. */
  private void requireText(int start) {
    if (start >= texts.length || (texts[start] & 0xC0) == 0x80) {
      throw damaged();
    }
  }

  private RuntimeException damaged() {
    return file.fault(
        "its normalizer (precompiled_charsmap) is damaged. Copy the file anew from where the"
            + " checkpoint came from");
  }
}
