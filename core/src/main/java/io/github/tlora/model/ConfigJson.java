package io.github.tlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tlora.UserError;

/**
 * A checkpoint's config.json: lenient about keys that are not ours, strict about those we need. A
 * key that is absent or null takes the default that transformers gives it, or is an error.
 */
public record ConfigJson(JsonNode node, String location) {

  /** A text that must be there. */
  public String text(String key) {
    JsonNode value = node.path(key);
    if (!value.isTextual()) {
      throw wrong(key, "a text");
    }
    return value.asText();
  }

  /** A text with a default. */
  public String text(String key, String absent) {
    return isAbsent(key) ? absent : text(key);
  }

  /** A whole number of at least 1 that must be there. */
  public int size(String key) {
    JsonNode value = node.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < 1) {
      throw wrong(key, "a whole number of at least 1");
    }
    return value.asInt();
  }

  /** A whole number with a default. */
  public int whole(String key, int absent) {
    if (isAbsent(key)) {
      return absent;
    }
    JsonNode value = node.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw wrong(key, "a whole number");
    }
    return value.asInt();
  }

  /** A number with a default. */
  public double number(String key, double absent) {
    if (isAbsent(key)) {
      return absent;
    }
    if (!node.path(key).isNumber()) {
      throw wrong(key, "a number");
    }
    return node.path(key).asDouble();
  }

  /** A probability of dropping, with a default. */
  public double probability(String key, double absent) {
    double value = number(key, absent);
    if (!(value >= 0 && value < 1)) {
      throw wrong(key, "at least 0 and below 1");
    }
    return value;
  }

  /** true or false, with a default. */
  public boolean flag(String key, boolean absent) {
    if (isAbsent(key)) {
      return absent;
    }
    if (!node.path(key).isBoolean()) {
      throw wrong(key, "true or false");
    }
    return node.path(key).asBoolean();
  }

  /**
   * Whether a list such as {@code ["c2p", "p2c"]}, or a text such as {@code "c2p|p2c"}, names it.
   */
  public boolean lists(String key, String item) {
    JsonNode value = node.path(key);
    if (value.isArray()) {
      for (JsonNode element : value) {
        if (element.asText().strip().equals(item)) {
          return true;
        }
      }
      return false;
    }
    return ("|" + value.asText("").replace(" ", "") + "|").contains("|" + item + "|");
  }

  /** Refuses a value that the family's code does not have. */
  public UserError unsupported(String key, String supported) {
    return UserError.file(
        location
            + ": "
            + key
            + " "
            + node.path(key)
            + " is not supported. Supported: "
            + supported);
  }

  private boolean isAbsent(String key) {
    return node.path(key).isMissingNode() || node.path(key).isNull();
  }

  private UserError wrong(String key, String wanted) {
    JsonNode value = node.path(key);
    return UserError.file(
        location
            + ": "
            + key
            + " must be "
            + wanted
            + ", "
            + (value.isMissingNode() ? "but it is not there" : "got " + value));
  }
}
