package io.github.tlora.data;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** A table that is read row by row. The first row is the header, in files that have one. */
interface Table extends Closeable {
  /**
   * A row.
   *
   * @param line its line in the file, from 1
   * @param cells by column; null where the file says nothing
   */
  record Row(int line, List<String> cells) {}

  /**
   * The next row, or null after the last.
   *
   * @throws io.github.tlora.UserError exit 3 when it is none
   */
  Row next() throws IOException;
}
