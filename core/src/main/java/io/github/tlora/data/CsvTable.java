package io.github.tlora.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import io.github.tlora.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;

/** Comma-separated rows. A quoted cell may hold commas, quotes and line ends. */
final class CsvTable implements Table {
  private static final CsvMapper CSV =
      CsvMapper.builder(CsvFactory.builder().disable(StreamReadFeature.AUTO_CLOSE_SOURCE).build())
          .enable(CsvParser.Feature.WRAP_AS_ARRAY)
          .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
          .build();

  private final String file;
  private final BufferedReader reader;
  private final MappingIterator<List<String>> rows;

  CsvTable(String file, BufferedReader reader) throws IOException {
    this.file = file;
    this.reader = reader;
    this.rows = CSV.readerForListOf(String.class).readValues(reader);
  }

  @Override
  public Row next() throws IOException {
    try {
      if (!rows.hasNextValue()) {
        return null;
      }
      int line = rows.getCurrentLocation().getLineNr();
      return new Row(line, rows.nextValue());
    } catch (JsonProcessingException e) {
      throw new UserError(
          UserError.Kind.FILE,
          file
              + ":"
              + (e.getLocation() == null ? "" : e.getLocation().getLineNr() + ":")
              + " is not CSV: "
              + e.getOriginalMessage().replaceAll("\\s+", " "),
          e);
    }
  }

  @Override
  public void close() throws IOException {
    rows.close();
    reader.close();
  }
}
