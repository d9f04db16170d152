package io.github.tlora.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;

/**
 * A token that is found in the text before the vocabulary splits it.
 *
 * @param singleWord only where it is a word of its own
 * @param lstrip takes the blanks before it along
 * @param rstrip takes the blanks after it along
 * @param normalized looked for in the normalized text, not in the text as it was written
 * @param special left out when ids become text again
 */
record AddedToken(
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {
  private static final Set<Byte> VANISHING =
      Set.of(
          Character.CONTROL,
          Character.FORMAT,
          Character.UNASSIGNED,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.ENCLOSING_MARK);

  /** A special token without flags of its own. */
  static AddedToken special(String content) {
    return new AddedToken(content, false, false, false, false, true);
  }

  /** The token that an object such as {@code {"content": "<mask>", "lstrip": true}} describes. */
  static AddedToken read(JsonNode node, boolean special, CheckpointFile file) {
    if (!node.path("content").isTextual()) {
      throw file.fault("a token must be a text or an object with content, got " + shorten(node));
    }
    boolean isSpecial = special || flag(node, "special", false, file);
    return new AddedToken(
        node.path("content").asText(),
        flag(node, "single_word", false, file),
        flag(node, "lstrip", false, file),
        flag(node, "rstrip", false, file),
        flag(node, "normalized", !isSpecial, file),
        isSpecial);
  }

  private static boolean flag(JsonNode node, String key, boolean absent, CheckpointFile file) {
    JsonNode value = node.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return absent;
    }
    if (!value.isBoolean()) {
      throw file.fault("a token's " + key + " must be true or false, got " + shorten(value));
    }
    return value.asBoolean();
  }

  /** Whether a text has only what normalizers take away: blanks, controls, marks. */
  static boolean isBlank(String text) {
    return text.codePoints()
        .allMatch(
            c ->
                Character.isWhitespace(c)
                    || Character.isSpaceChar(c)
                    || VANISHING.contains((byte) Character.getType(c)));
  }

  /** {@code node} for a message. */
  static String shorten(JsonNode node) {
    String text = node.toString();
    return text.length() <= 60 ? text : text.substring(0, 60) + "...";
  }

  /** As an entry of tokenizer.json. */
  void write(int id, ObjectNode entry) {
    entry
        .put("id", id)
        .put("content", content)
        .put("single_word", singleWord)
        .put("lstrip", lstrip)
        .put("rstrip", rstrip)
        .put("normalized", normalized)
        .put("special", special);
  }

  AddedToken asSpecial() {
    return new AddedToken(content, singleWord, lstrip, rstrip, normalized, true);
  }
}
