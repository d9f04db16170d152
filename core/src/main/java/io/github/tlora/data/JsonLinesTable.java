package io.github.tlora.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A JSON object a line. The keys of the first are the columns. */
final class JsonLinesTable implements Table {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final String file;
  private final BufferedReader reader;
  private List<String> columns;
  private JsonNode first;
  private int line;

  JsonLinesTable(String file, BufferedReader reader) {
    this.file = file;
    this.reader = reader;
  }

  @Override
  public Row next() throws IOException {
    if (columns == null) {
      first = read();
      if (first == null) {
        return null;
      }
      columns = first.properties().stream().map(entry -> entry.getKey()).toList();
      return new Row(line, columns);
    }
    JsonNode object = first == null ? read() : first;
    first = null;
    return object == null ? null : new Row(line, cells(object));
  }

  private List<String> cells(JsonNode object) {
    List<String> cells = new ArrayList<>(columns.size());
    for (String column : columns) {
      JsonNode value = object.path(column);
      cells.add(value.isValueNode() && !value.isNull() ? value.asText() : null);
    }
    return cells;
  }

  private JsonNode read() throws IOException {
    String text = reader.readLine();
    while (text != null && text.isBlank()) {
      line++;
      text = reader.readLine();
    }
    if (text == null) {
      return null;
    }
    line++;
    try {
      JsonNode object = JSON.readTree(text);
      if (object.isObject()) {
        return object;
      }
    } catch (JsonProcessingException e) {
      throw notJson(e);
    }
    throw notJson(null);
  }

  private UserError notJson(Exception cause) {
    return new UserError(
        UserError.Kind.FILE,
        file + ":" + line + ": is not a JSON object on one line, such as {\"text\": \"good\"}",
        cause);
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
