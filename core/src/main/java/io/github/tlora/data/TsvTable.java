package io.github.tlora.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Arrays;

/** Tab-separated rows; a line ends in \n, \r\n or \r. Blank lines are left out but counted. */
final class TsvTable implements Table {
  private final BufferedReader reader;
  private int line;

  TsvTable(BufferedReader reader) {
    this.reader = reader;
  }

  @Override
  public Row next() throws IOException {
    String text = reader.readLine();
    while (text != null) {
      line++;
      if (!text.isBlank() || text.contains("\t")) {
        return new Row(line, Arrays.asList(text.split("\t", -1)));
      }
      text = reader.readLine();
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
