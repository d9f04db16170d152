package io.github.tlora.hub;

import io.github.tlora.UserError;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One task of GLUE on its way into its directory. */
final class GlueDownload {
  private static final String VARIABLE = "TLORA_HOME";

  private final Fetcher fetcher;
  private final Path data;
  private final GlueFiles files;
  private final Path directory;
  private final GlueTables tables;
  private final RecordedHashes hashes;

  GlueDownload(Fetcher fetcher, Path data, GlueFiles files) {
    this.fetcher = fetcher;
    this.data = data;
    this.files = files;
    this.directory = data.resolve(files.key());
    this.tables = new GlueTables(files.tables());
    this.hashes = new RecordedHashes(data.resolve(files.key() + ".sha256"));
  }

  Fetched fetch() throws InterruptedException {
    try {
      Map<String, String> recorded = hashes.read();
      if (Files.exists(directory)) {
        return fetched(true, recorded, tables.rows(directory, this::unlikeGlue));
      }
      if (fetcher.sources().isOffline() && !isLocal()) {
        throw UserError.file(
            "task "
                + files.key()
                + ": HF_HUB_OFFLINE forbids to fetch it. Unset it, or "
                + byHand());
      }
      Files.createDirectories(data);
      return bring(recorded);
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE,
          directory + ": cannot be written (" + e.getMessage() + "). Check its permissions",
          e);
    }
  }

  private boolean isLocal() {
    return "file".equals(fetcher.sources().glue().getScheme());
  }

  private Fetched bring(Map<String, String> recorded) throws IOException, InterruptedException {
    Map<String, Path> parts = new LinkedHashMap<>();
    files.downloads().forEach(name -> parts.put(name, data.resolve("." + name + ".part")));
    boolean whole = arrive(parts);
    Path aside = data.resolve("." + files.key() + ".part");
    try {
      Map<String, Integer> rows;
      try {
        rows = unpack(parts, aside);
      } catch (Archive.Damaged e) {
        discard(parts);
        if (whole) {
          throw damaged(e);
        }
        fetcher
            .meter()
            .note(files.downloads().get(0) + ": " + e.getMessage() + "; beginning again");
        arrive(parts);
        rows = unpackAgain(parts, aside);
      }
      Map<String, String> now = compare(parts, recorded);
      hashes.write(now);
      Files.move(aside, directory);
      discard(parts);
      return fetched(false, now, rows);
    } finally {
      delete(aside);
    }
  }

  private Map<String, Integer> unpackAgain(Map<String, Path> parts, Path aside) throws IOException {
    try {
      return unpack(parts, aside);
    } catch (Archive.Damaged e) {
      discard(parts);
      throw damaged(e);
    }
  }

  private UserError damaged(Archive.Damaged e) {
    return new UserError(
        UserError.Kind.FILE,
        "task "
            + files.key()
            + ": "
            + address(files.downloads().get(0))
            + " "
            + e.getMessage()
            + ". It was thrown away. Try again later, or another source with --glue-url",
        e);
  }

  /** Whether every part came in one piece. */
  private boolean arrive(Map<String, Path> parts) {
    List<Callable<Boolean>> work = new ArrayList<>();
    parts.forEach((name, part) -> work.add(() -> arrive(name, part)));
    return fetcher.together(work).stream().allMatch(whole -> whole);
  }

  private boolean arrive(String name, Path part) throws InterruptedException, IOException {
    if (!files.isArchive()) {
      // Nothing in a plain table tells where two versions of it were joined.
      Files.deleteIfExists(part);
    }
    Wanted wanted = new Wanted("task " + files.key(), answer -> refusal(name, answer), byHand());
    long had = part.toFile().length();
    Download download =
        new Download(
            fetcher.web(),
            fetcher.meter(),
            wanted,
            address(name),
            size -> fetcher.disk().require(data, Math.max(size - had, 0), VARIABLE));
    return fetcher.bring(download, part, name);
  }

  private URI address(String name) {
    Sources sources = fetcher.sources();
    return (GlueFiles.isFromSenteval(name) ? sources.senteval() : sources.glue()).resolve(name);
  }

  private UserError refusal(String name, Answer answer) {
    return UserError.file(
        "task "
            + files.key()
            + ": "
            + address(name)
            + (answer.status() == 404
                ? " is not there"
                : " is not given out (HTTP " + answer.status() + ")")
            + ". Name another source with --glue-url or "
            + Sources.GLUE_URL
            + ", or "
            + byHand());
  }

  private String byHand() {
    String tables =
        files.tables().stream().map(GlueFiles.Table::name).collect(Collectors.joining(", "));
    String addresses =
        files.downloads().stream()
            .map(n -> address(n).toString())
            .collect(Collectors.joining(", "));
    return files.isArchive()
        ? "bring " + addresses + " by hand and unpack its " + tables + " into " + directory
        : "bring " + addresses + " by hand to " + directory + " as " + tables;
  }

  /** Puts the tables into {@code aside} and counts their rows. */
  private Map<String, Integer> unpack(Map<String, Path> parts, Path aside) throws IOException {
    delete(aside);
    Files.createDirectories(aside);
    if (files.isArchive()) {
      Set<String> wanted =
          files.tables().stream().map(GlueFiles.Table::name).collect(Collectors.toSet());
      String name = files.downloads().get(0);
      try (Archive archive = new Archive(parts.get(name), name)) {
        fetcher.disk().require(data, archive.bytes(wanted), VARIABLE);
        archive.unpack(wanted, aside);
      }
    } else {
      for (Map.Entry<String, Path> part : parts.entrySet()) {
        Path table = aside.resolve(GlueFiles.local(part.getKey()));
        Files.copy(part.getValue(), table, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    try {
      return tables.rows(aside, this::otherThanGlue);
    } catch (UserError e) {
      discard(parts);
      throw e;
    }
  }

  private UserError unlikeGlue(String difference) {
    return UserError.file(
        "task "
            + files.key()
            + ": there is already "
            + directory
            + ", but "
            + difference
            + ". To use it as it is, give it with --data; to fetch GLUE's, move it away");
  }

  private UserError otherThanGlue(String difference) {
    return UserError.file(
        "task "
            + files.key()
            + ": what came from "
            + address(files.downloads().get(0))
            + " was thrown away: "
            + difference
            + ". Try again later, or another source with --glue-url");
  }

  /** The hashes of what came, which must be those of an earlier time where there was one. */
  private Map<String, String> compare(Map<String, Path> parts, Map<String, String> recorded)
      throws IOException {
    Map<String, String> now = new LinkedHashMap<>();
    for (Map.Entry<String, Path> part : parts.entrySet()) {
      String hash = Checksum.of(Checksum.Kind.SHA256, part.getValue()).hex();
      String before = recorded.getOrDefault(part.getKey(), hash);
      if (!before.equals(hash)) {
        discard(parts);
        throw UserError.file(
            "task "
                + files.key()
                + ": "
                + address(part.getKey())
                + " is not what it was: its SHA-256 is "
                + hash
                + ", but it was "
                + before
                + " when it was first fetched. If that is meant, delete "
                + hashes.file()
                + " and fetch again");
      }
      now.put(part.getKey(), hash);
    }
    return now;
  }

  private Fetched fetched(
      boolean wasThere, Map<String, String> checksums, Map<String, Integer> rows) {
    List<Fetched.File> tables = new ArrayList<>();
    for (GlueFiles.Table table : files.tables()) {
      long bytes = directory.resolve(table.name()).toFile().length();
      tables.add(new Fetched.File(table.name(), bytes, rows.get(table.name())));
    }
    return Fetched.of(files.key(), "task", directory.toString(), null, wasThere, tables, checksums);
  }

  private static void discard(Map<String, Path> parts) throws IOException {
    for (Path part : parts.values()) {
      Files.deleteIfExists(part);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> paths = Files.list(folder)) {
        for (Path path : paths.toList()) {
          Files.delete(path);
        }
      }
    }
    Files.deleteIfExists(folder);
  }
}
