package io.github.tlora.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Reads a table that a test has written out. */
final class WrittenTable {
  private WrittenTable() {}

  /** The labelled rows of a tab-separated text. */
  static List<Example> read(String file, String content, TableLayout layout) {
    return read(
            file,
            content,
            TableFormat.TSV,
            new TableReader(file, List.of(layout), TableReader.Labels.NEEDED, false))
        .rows();
  }

  static TableReader.Content read(
      String file, String content, TableFormat format, TableReader reader) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    try (Table table = format.open(file, new ByteArrayInputStream(bytes))) {
      return reader.read(table);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
