package io.github.tlora.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Base64;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What a tokenizer.json must not say, because the native tokenizer then ends the process, most
 * often at the first row, instead of refusing the file. Found by damaging files; {@code
 * TokenizerFuzzTest} looks for more.
 */
final class NativeTraps {
  private final CheckpointFile file;

  private NativeTraps(CheckpointFile file) {
    this.file = file;
  }

  /**
   * Checks a tokenizer.json.
   *
   * @throws io.github.tlora.UserError exit 3 when it has a trap
   */
  static void check(JsonNode json, CheckpointFile file) {
    NativeTraps traps = new NativeTraps(file);
    traps.walk(json.path("normalizer"), 0);
    traps.walk(json.path("pre_tokenizer"), 0);
    traps.walk(json.path("post_processor"), 0);
    traps.merges(json.path("model"));
    if (json.path("normalizer").isObject()) {
      json.path("added_tokens").forEach(token -> traps.vanishing(token, json.path("normalizer")));
    }
  }

  /** By what a part has, not by its type: the native reader guesses a type that is missing. */
  private void walk(JsonNode node, int depth) {
    if (depth > 128) {
      throw refused("is nested too deep");
    }
    if (node.has("precompiled_charsmap") || node.path("type").asText().equals("Precompiled")) {
      charsMap(node.path("precompiled_charsmap"));
    }
    if (node.path("prepend").isTextual() && node.path("prepend").asText().isEmpty()) {
      throw refused("its normalizer prepends an empty text");
    }
    if (node.path("length").isNumber() && node.path("length").asLong() < 1) {
      throw refused("its pre_tokenizer cuts pieces of length " + node.path("length"));
    }
    if (node.has("single") || node.has("pair")) {
      template(node.path("single"), node.path("special_tokens"), false);
      template(node.path("pair"), node.path("special_tokens"), true);
    }
    node.forEach(part -> walk(part, depth + 1));
  }

  private void charsMap(JsonNode value) {
    try {
      byte[] bytes =
          Base64.getDecoder().decode(value.textValue() == null ? "?" : value.textValue());
      if (Base64.getEncoder().encodeToString(bytes).equals(value.textValue())) {
        CharsMap.check(bytes, file);
        return; // Java alone reads base64 without its padding
      }
    } catch (IllegalArgumentException e) {
      // told below
    }
    throw refused("its precompiled_charsmap is not base64");
  }

  private void template(JsonNode pieces, JsonNode specials, boolean isPair) {
    for (JsonNode piece : pieces) {
      JsonNode id = piece.path("SpecialToken").path("id");
      if (id.isTextual() && !specials.has(id.asText())) {
        throw refused("its post_processor uses " + id + ", which its special_tokens lack");
      }
      if (!isPair && piece.path("Sequence").path("id").asText().equals("B")) {
        throw refused("its post_processor wants two texts for a row of one");
      }
    }
  }

  /** With a prefix, the right side of every merge is cut behind it. */
  private void merges(JsonNode model) {
    String prefix = model.path("continuing_subword_prefix").asText("");
    if (!model.has("merges") || prefix.isEmpty()) {
      return;
    }
    for (JsonNode merge : model.path("merges")) {
      String text = merge.asText();
      String right =
          merge.isArray() ? merge.path(1).asText() : text.substring(text.lastIndexOf(' ') + 1);
      if (!right.startsWith(prefix) || !prefix.chars().allMatch(c -> c < 128)) {
        throw refused("its merge " + merge + " lacks the prefix " + prefix);
      }
    }
  }

  /** An added token of which the normalizer leaves nothing would be found at every place. */
  private void vanishing(JsonNode token, JsonNode normalizer) {
    String content = token.path("content").asText();
    if (token.path("normalized").asBoolean()
        && !content.isEmpty()
        && vanishes(content, normalizer)) {
      throw refused(
          "its added token "
              + AddedToken.shorten(token.path("content"))
              + " is normalized, and then empty");
    }
  }

  private static boolean vanishes(String content, JsonNode node) {
    if (AddedToken.isBlank(content)) {
      return true;
    }
    if (node.path("content").isTextual() && node.path("content").asText().isBlank()) {
      JsonNode pattern = node.path("pattern");
      String removed = removed(content, pattern);
      if (AddedToken.isBlank(removed)) {
        return true;
      }
    }
    for (JsonNode part : node) {
      if (vanishes(content, part)) {
        return true;
      }
    }
    return false;
  }

  private static String removed(String content, JsonNode pattern) {
    try {
      return pattern.has("Regex")
          ? Pattern.compile(pattern.path("Regex").asText()).matcher(content).replaceAll("")
          : content.replace(pattern.path("String").asText(" "), "");
    } catch (PatternSyntaxException e) {
      return content; // the native reader refuses it, or knows more than Java does
    }
  }

  private RuntimeException refused(String what) {
    return file.fault(what + ". Copy the file anew from where the checkpoint came from");
  }
}
