package io.github.tlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tlora.UserError;
import io.github.tlora.nn.Activation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A checkpoint's config.json: lenient about keys that are not ours, strict about those we need. A
 * key that is absent or null takes the default that transformers gives it, or is an error.
 */
public record ConfigJson(JsonNode node, String location) {
  /** Far above every published size, and so low that no count of elements overflows. */
  private static final int LARGEST = 10_000_000;

  private static final int LONGEST_VALUE = 80;

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
    return size(key, null, LARGEST);
  }

  /** A whole number of at least 1 with a default. */
  public int size(String key, Integer absent) {
    return size(key, absent, LARGEST);
  }

  /**
   * A whole number of at least 1.
   *
   * @param absent the default; null where the key must be there
   */
  int size(String key, Integer absent, int most) {
    if (absent != null && isAbsent(key)) {
      return absent;
    }
    JsonNode value = node.path(key);
    if (!value.isIntegralNumber() || value.bigIntegerValue().signum() < 1) {
      throw wrong(key, "a whole number of at least 1");
    }
    if (!value.canConvertToInt() || value.asInt() > most) {
      throw unsupported(key, "at most " + most);
    }
    return value.asInt();
  }

  /** A whole number, negative ones included, with a default. */
  public int whole(String key, int absent) {
    if (isAbsent(key)) {
      return absent;
    }
    JsonNode value = node.path(key);
    if (!value.isIntegralNumber()) {
      throw wrong(key, "a whole number");
    }
    if (!value.canConvertToInt() || Math.abs((long) value.asInt()) > LARGEST) {
      throw unsupported(key, "-" + LARGEST + " to " + LARGEST);
    }
    return value.asInt();
  }

  /** A divisor of the size called {@code ofKey}. */
  int divisor(String key, Integer absent, String ofKey, int of) {
    int value = size(key, absent);
    if (of % value != 0) {
      throw unsupported(key, "a divisor of " + ofKey + " " + of);
    }
    return value;
  }

  /** A token id with a default. */
  int tokenId(String key, int absent, int vocabulary) {
    int value = whole(key, absent);
    if (value < 0 || value >= vocabulary) {
      throw wrong(key, "a token id from 0 to vocab_size - 1, " + (vocabulary - 1));
    }
    return value;
  }

  /** A number with a default. */
  public double number(String key, double absent) {
    if (isAbsent(key)) {
      return absent;
    }
    JsonNode value = node.path(key);
    if (!value.isNumber() || !Double.isFinite(value.asDouble())) {
      throw wrong(key, "a number");
    }
    return value.asDouble();
  }

  /** A number of at least 0 with a default. */
  double notNegative(String key, double absent) {
    double value = number(key, absent);
    if (value < 0) {
      throw wrong(key, "a number of at least 0");
    }
    return value;
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

  /** An activation function with a default. */
  Activation activation(String key, String absent) {
    return Activation.named(text(key, absent))
        .orElseThrow(() -> unsupported(key, String.join(", ", Activation.names())));
  }

  /**
   * The items of a list such as {@code ["c2p", "p2c"]}, or of a text such as {@code "c2p|p2c"}, in
   * which neither case nor blanks count. None where the key is absent.
   */
  public List<String> items(String key) {
    JsonNode value = node.path(key);
    if (isAbsent(key)) {
      return List.of();
    }
    if (value.isTextual()) {
      String[] items = value.asText().toLowerCase(Locale.ROOT).split("\\|", -1);
      return Arrays.stream(items).map(String::strip).toList();
    }
    List<String> items = new ArrayList<>();
    for (JsonNode item : value) {
      items.add(item.isTextual() ? item.asText() : null);
    }
    if (!value.isArray() || items.contains(null)) {
      throw wrong(key, "a list of texts, or a text with | between them");
    }
    return List.copyOf(items);
  }

  /** Refuses a value that the family's code does not have. */
  public UserError unsupported(String key, String supported) {
    String value = isAbsent(key) ? "without a value" : shown(key);
    return UserError.file(
        location + ": " + key + " " + value + " is not supported. Supported: " + supported);
  }

  private boolean isAbsent(String key) {
    return node.path(key).isMissingNode() || node.path(key).isNull();
  }

  private UserError wrong(String key, String wanted) {
    return UserError.file(
        location
            + ": "
            + key
            + " must be "
            + wanted
            + ", "
            + (node.path(key).isMissingNode() ? "but it is not there" : "got " + shown(key)));
  }

  /** The start of a value, as JSON has it: on one line. */
  String shown(String key) {
    String value = node.path(key).toString();
    return value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE) + "...";
  }
}
