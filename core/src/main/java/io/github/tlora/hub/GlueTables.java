package io.github.tlora.hub;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Counts the rows of a task's tables, and tells those that are not GLUE's by it. */
record GlueTables(List<GlueFiles.Table> tables) {
  /**
   * The rows of each table in {@code folder}.
   *
   * @param refusal makes an error of the first difference
   * @throws UserError that one
   */
  Map<String, Integer> rows(Path folder, Function<String, UserError> refusal) throws IOException {
    Map<String, Integer> rows = new TreeMap<>();
    for (GlueFiles.Table table : tables) {
      Path file = folder.resolve(table.name());
      if (!Files.isRegularFile(file)) {
        throw refusal.apply("it has no " + table.name());
      }
      int count = lines(file) - (table.hasHeader() ? 1 : 0);
      if (count < table.least() || count > table.most()) {
        throw refusal.apply(
            table.name()
                + " has "
                + Quantity.number(count)
                + " rows, GLUE's has "
                + Quantity.number(table.least()));
      }
      rows.put(table.name(), count);
    }
    return rows;
  }

  /** Lines that hold anything. */
  private static int lines(Path file) throws IOException {
    int lines = 0;
    boolean isBlank = true;
    try (InputStream stream = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      for (int next; (next = stream.read()) >= 0; ) {
        if (next == '\n') {
          lines += isBlank ? 0 : 1;
          isBlank = true;
        } else {
          isBlank &= next == '\r' || next == ' ';
        }
      }
    }
    return lines + (isBlank ? 0 : 1);
  }
}
