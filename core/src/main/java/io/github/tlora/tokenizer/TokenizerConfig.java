package io.github.tlora.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;

/**
 * The small files beside a vocabulary; an absent one is empty.
 *
 * @param settings tokenizer_config.json
 * @param specials special_tokens_map.json
 * @param added added_tokens.json
 */
record TokenizerConfig(Path directory, ObjectNode settings, ObjectNode specials, ObjectNode added) {
  static final String SETTINGS = "tokenizer_config.json";
  static final String SPECIALS = "special_tokens_map.json";
  static final String ADDED = "added_tokens.json";

  static TokenizerConfig read(Path directory) {
    return new TokenizerConfig(
        directory,
        object(directory, SETTINGS),
        object(directory, SPECIALS),
        object(directory, ADDED));
  }

  private static ObjectNode object(Path directory, String name) {
    CheckpointFile file = new CheckpointFile(directory.resolve(name));
    return file.exists() ? file.object() : JsonNodeFactory.instance.objectNode();
  }

  CheckpointFile file(String name) {
    return new CheckpointFile(directory.resolve(name));
  }

  /**
   * Whether tokenizer_config.json lists every added token, so that the older files do not count.
   */
  boolean listsAddedTokens() {
    return settings.has("added_tokens_decoder");
  }

  /** The tokenizer's class in transformers, from tokenizer_config.json or config.json; or empty. */
  String tokenizerClass() {
    JsonNode own = settings.path("tokenizer_class");
    if (own.isTextual()) {
      return own.asText();
    }
    return object(directory, "config.json").path("tokenizer_class").asText("");
  }

  /** A setting that is true or false. */
  boolean flag(String key, boolean absent) {
    JsonNode value = settings.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return absent;
    }
    if (!value.isBoolean()) {
      throw file(SETTINGS).fault(key + " must be true or false, got " + AddedToken.shorten(value));
    }
    return value.asBoolean();
  }
}
