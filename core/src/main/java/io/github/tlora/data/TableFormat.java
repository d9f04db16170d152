package io.github.tlora.data;

import io.github.tlora.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How the rows of a file are written. */
enum TableFormat {
  /** Tabs between cells, no quotes and no escapes, one row a line: GLUE's files. */
  TSV("tsv", "txt") {
    @Override
    Table open(String file, BufferedReader reader) {
      return new TsvTable(reader);
    }
  },
  /** An object a line. */
  JSONL("jsonl", "json") {
    @Override
    Table open(String file, BufferedReader reader) {
      return new JsonLinesTable(file, reader);
    }
  },
  /** Commas between cells, which may stand in double quotes (RFC 4180). */
  CSV("csv") {
    @Override
    Table open(String file, BufferedReader reader) throws IOException {
      return new CsvTable(file, reader);
    }
  };

  private final String[] extensions;

  TableFormat(String... extensions) {
    this.extensions = extensions;
  }

  abstract Table open(String file, BufferedReader reader) throws IOException;

  /** Opens a table in UTF-8, with a byte order mark or without. */
  Table open(String file, InputStream stream) throws IOException {
    // A decoder, not a charset: bytes that are no UTF-8 must be told, not become question marks.
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8.newDecoder()));
    reader.mark(1);
    try {
      if (reader.read() != '\uFEFF') {
        reader.reset();
      }
    } catch (CharacterCodingException e) {
      throw new UserError(UserError.Kind.FILE, file + ": is not UTF-8 text", e);
    }
    return open(file, reader);
  }

  /** How names of such files end, the usual ending first. */
  String[] extensions() {
    return extensions.clone();
  }

  /** The format that the file's name says; none where it says nothing. */
  static Optional<TableFormat> of(String file) {
    String name = file.toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(f -> Arrays.stream(f.extensions).anyMatch(end -> name.endsWith("." + end)))
        .findFirst();
  }
}
