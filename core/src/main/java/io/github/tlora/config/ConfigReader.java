package io.github.tlora.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.github.tlora.config.ConfigNode.Mapping;
import io.github.tlora.config.ConfigNode.Scalar;
import io.github.tlora.config.ConfigNode.Sequence;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Turns YAML or JSON text into nodes that know where they stand. */
final class ConfigReader {
  private static final JsonFactory JSON = new JsonFactory();

  // YAML 1.1's yes, no, on and off are a trap: true and false are the only truth values here.
  private static final JsonFactory YAML =
      YAMLFactory.builder()
          .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
          .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL) // off in a builder, unlike elsewhere
          .build();

  /** What makes the value of a flag a list, a group or a quoted text. */
  private static final Pattern STRUCTURED = Pattern.compile("\\s*[\\[{\"'].*", Pattern.DOTALL);

  private final JsonParser parser;
  private final Origin whole;
  private final boolean hasLines;
  private final Problems problems;

  private ConfigReader(JsonParser parser, Origin whole, boolean hasLines, Problems problems) {
    this.parser = parser;
    this.whole = whole;
    this.hasLines = hasLines;
    this.problems = problems;
  }

  /** The settings of a file; none if its text can't be read, which is noted as a problem. */
  static Optional<Mapping> file(String place, String text, Problems problems) {
    boolean json = place.endsWith(".json");
    Origin whole = Origin.of(place);
    try (JsonParser parser = (json ? JSON : YAML).createParser(withoutMark(text))) {
      ConfigNode root = new ConfigReader(parser, whole, true, problems).document("");
      if (root instanceof Mapping settings) {
        return Optional.of(settings);
      } else if (root.isNull()) {
        return Optional.of(Mapping.empty(whole));
      }
      problems.addUnread(whole, "must hold settings (key: value), got " + root.shown());
    } catch (IOException e) {
      SyntaxFault fault = SyntaxFault.of(e);
      problems.addUnread(
          new Origin(place, fault.line()),
          "not valid " + (json ? "JSON: " : "YAML: ") + fault.reason());
    }
    return Optional.empty();
  }

  /**
   * The value of a flag: a YAML scalar, list or group.
   *
   * <p>What YAML would not read as that very text ({@code C: drive}, {@code *.tsv}, {@code a #1})
   * is taken as it stands, so that paths need no second layer of quotes.
   */
  static ConfigNode value(String key, String text, Origin origin, Problems problems) {
    boolean structured = STRUCTURED.matcher(text).matches();
    Problems ofValue = structured ? problems : new Problems();
    try (JsonParser parser = YAML.createParser(text)) {
      ConfigNode node = new ConfigReader(parser, origin, false, ofValue).document(key);
      if (structured || (node instanceof Scalar scalar && scalar.text().equals(text.strip()))) {
        return node;
      }
    } catch (IOException e) {
      if (structured) {
        problems.addUnread(
            origin, Spelling.quoted(text) + " is not valid YAML: " + SyntaxFault.of(e).reason());
      }
    }
    return new Scalar(origin, text, text);
  }

  /** A text without the byte order mark that some editors on Windows put before it. */
  private static String withoutMark(String text) {
    return text.startsWith("\ufeff") ? text.substring(1) : text;
  }

  private ConfigNode document(String path) throws IOException {
    if (parser.nextToken() == null) {
      return new Scalar(whole, null, "");
    }
    ConfigNode root = node(whole, path);
    if (parser.nextToken() != null) {
      problems.addUnread(here(), "a second document begins here; only one is read");
    }
    return root;
  }

  private ConfigNode node(Origin origin, String path) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(origin, path);
      case START_ARRAY -> sequence(origin, path);
      default -> scalar(origin);
    };
  }

  private Mapping mapping(Origin origin, String path) throws IOException {
    Map<String, ConfigNode> entries = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      String keyPath = Spelling.join(path, key);
      Origin at = here();
      parser.nextToken();
      ConfigNode first = entries.putIfAbsent(key, node(at, keyPath));
      if (first != null) {
        String where = hasLines ? " (first on line " + first.origin().line() + ")" : "";
        problems.add(at, "duplicate key '" + keyPath + "'" + where);
      }
    }
    return new Mapping(origin, entries);
  }

  private Sequence sequence(Origin origin, String path) throws IOException {
    List<ConfigNode> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node(here(), Spelling.join(path, items.size())));
    }
    return new Sequence(origin, items);
  }

  private Scalar scalar(Origin origin) throws IOException {
    if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
      problems.addUnread(
          origin, "alias '*" + parser.getText() + "' is not supported; write the value out");
      return new Scalar(origin, null, "");
    }
    String text = parser.getText();
    return new Scalar(
        origin,
        switch (parser.currentToken()) {
          case VALUE_NULL -> null;
          case VALUE_TRUE -> true;
          case VALUE_FALSE -> false;
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(text);
          default -> text;
        },
        text);
  }

  private Object number(String text) throws IOException {
    try {
      Number number = parser.getNumberValue();
      return number instanceof Integer ? (Long) number.longValue() : number;
    } catch (JsonProcessingException e) {
      return text; // the YAML parser takes "." and ".nan" for numbers, then can't read them
    }
  }

  private Origin here() {
    return hasLines ? new Origin(whole.place(), parser.currentTokenLocation().getLineNr()) : whole;
  }
}
