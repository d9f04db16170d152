package io.github.tlora.data;

import io.github.tlora.UserError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * MRPC as Microsoft distributes it: one file, of which GLUE's {@code dev_ids.tsv} says which rows
 * are the dev split, as the script that everybody downloads GLUE with (download_glue_data.py) does.
 */
final class MrpcSource {
  private static final String DEV_IDS = "dev_ids.tsv";

  private final Path file;

  MrpcSource(Path file) {
    this.file = file;
  }

  /** The rows of {@code split}, train or dev; those of the other are blank lines. */
  Dataset.File part(String split) {
    Path ids = file.resolveSibling(DEV_IDS);
    if (!Files.isRegularFile(ids)) {
      throw UserError.file(
          file
              + ": has the rows of train and dev together, and the "
              + DEV_IDS
              + " that parts them is not beside it. Bring it, or give train.tsv and dev.tsv");
    }
    Set<List<String>> devIds = new HashSet<>();
    lines(ids).forEach(line -> devIds.add(List.of(line.strip().split("\t", -1))));
    List<String> lines = lines(file);
    String header = lines.get(0);
    String rows =
        lines.stream()
            .skip(1)
            .map(String::stripTrailing)
            .map(line -> devIds.contains(pairOfIds(line)) == split.equals("dev") ? line : "")
            .collect(Collectors.joining("\n"));
    byte[] bytes = (header + "\n" + rows + "\n").getBytes(StandardCharsets.UTF_8);
    return new Dataset.File(
        file.toString(), TableFormat.TSV, () -> new ByteArrayInputStream(bytes));
  }

  private static List<String> pairOfIds(String line) {
    String[] cells = line.split("\t", -1);
    return cells.length < 3 ? List.of() : List.of(cells[1], cells[2]);
  }

  private static List<String> lines(Path path) {
    try {
      return Files.readAllLines(path, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, path + ": is not UTF-8 text, or is not there", e);
    }
  }
}
