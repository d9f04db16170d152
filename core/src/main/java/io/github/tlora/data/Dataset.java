package io.github.tlora.data;

import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.function.Consumer;

/**
 * A task's files: where they are, and their rows on demand.
 *
 * @param task whose rows they are
 * @param name what to call it in results: a path, or {@code bundled sample}
 * @param isSample whether it is the bundled sample, whose scores say nothing about GLUE
 */
public record Dataset(Task task, String name, boolean isSample, Source source) {
  /** Gives a split's file. */
  interface Source {
    /**
     * The file of {@code split}.
     *
     * @throws UserError exit 3 when there is none
     */
    File open(String split);

    /** Whether there is a file of {@code split}. */
    boolean has(String split);
  }

  /** Opens a file's bytes. */
  @FunctionalInterface
  interface Content {
    InputStream open() throws IOException;
  }

  /** A file: its name, for messages, how it is written, and its content. */
  record File(String name, TableFormat format, Content content) {
    static File at(Path path) {
      TableFormat format = TableFormat.of(path.toString()).orElse(TableFormat.TSV);
      return new File(path.toString(), format, () -> Files.newInputStream(path));
    }
  }

  /** The name of the sentences that come with the tool. */
  public static final String SAMPLE = "bundled sample";

  /**
   * One split's rows with the SHA-256 of its file.
   *
   * @param file its name, for messages
   * @param indexes the file's own numbers of a test split's rows; empty where it has none
   * @param skipped short rows that were left out
   * @param columns the names in the file's header; none without one
   */
  public record Split(
      String file,
      List<Example> rows,
      String sha256,
      List<String> indexes,
      int skipped,
      List<String> columns) {}

  /**
   * The data of {@code task}.
   *
   * @param data a directory with {@code train.tsv} and {@code dev.tsv}, or what {@link DataFolder}
   *     knows beside them; or one file that serves as every split but those that stand beside it;
   *     null takes the files that the task's own description names, or looks under {@code
   *     home/data}, then (sst2 only) takes the bundled sample
   * @throws UserError exit 3 when there is none
   */
  public static Dataset find(Task task, String data, Path home) {
    return find(task, data, home, !(task instanceof TableTask));
  }

  /**
   * The data of {@code task} to score an adapter on.
   *
   * @param data as in {@link #find(Task, String, Path)}, but a lone file is the whole dev split,
   *     also where training would have drawn one from it
   */
  public static Dataset given(Task task, String data, Path home) {
    return find(task, data, home, true);
  }

  private static Dataset find(Task task, String data, Path home, boolean loneIsEverySplit) {
    if (data != null) {
      Path path = Path.of(data);
      if (!Files.exists(path)) {
        throw UserError.file(
            "data: '"
                + data
                + "' is not there. Give a directory with train.tsv and dev.tsv, or a file");
      }
      return new Dataset(
          task,
          data,
          false,
          Files.isDirectory(path)
              ? new DataFolder(task, path)
              : new LoneFile(task, path, loneIsEverySplit));
    }
    if (task instanceof TableTask own && own.files().train() != null) {
      return new Dataset(task, own.files().train(), false, new TableFiles(own));
    }
    Path cached = home.resolve("data").resolve(task.key());
    if (Files.isDirectory(cached)) {
      return new Dataset(task, cached.toString(), false, new DataFolder(task, cached));
    }
    if (task == Glue.SST2) {
      return new Dataset(task, SAMPLE, true, new Sample());
    }
    throw UserError.file(
        "data: no rows for task '"
            + task.key()
            + "' at "
            + cached
            + ". Get GLUE's with 'tlora get "
            + task.key()
            + "', or give --data with a directory that holds train.tsv and dev.tsv");
  }

  private record Sample() implements Source {
    @Override
    public File open(String split) {
      if (!has(split)) {
        throw UserError.file("the bundled sample has no " + split + " split, only train and dev");
      }
      return new File(
          SAMPLE + " " + split + ".tsv",
          TableFormat.TSV,
          () -> Dataset.class.getResourceAsStream(name(split)));
    }

    @Override
    public boolean has(String split) {
      return Dataset.class.getResource(name(split)) != null;
    }

    private static String name(String split) {
      return "sample/sst2/" + split + ".tsv";
    }
  }

  /** The dev splits that there are: of a lone file the first alone. */
  public List<String> devSplits() {
    return task.devSplits().stream()
        .filter(split -> !(source instanceof LoneFile) || source.has(split) || drawsDev())
        .toList();
  }

  /** Whether the dev split is drawn from the training rows, for want of a file. */
  public boolean drawsDev() {
    return task instanceof TableTask && !source.has("dev");
  }

  /** Whether there is a file of {@code split}. */
  public boolean has(String split) {
    return source.has(task.split(split));
  }

  /**
   * Reads {@code split}.
   *
   * @throws UserError exit 2 when the task has no such split, 3 when its file is missing or a row
   *     does not fit
   */
  public Split split(String split) {
    return split(
        split,
        fault -> {
          throw fault;
        });
  }

  /**
   * The same where rows that do not fit are left out.
   *
   * @param faults hears of each, with file and line
   * @throws UserError exit 3 when nothing of the file can be read
   */
  public Split split(String split, Consumer<UserError> faults) {
    String name = task.split(split);
    if (task instanceof TableTask own && drawsDev() && !task.testSplits().contains(name)) {
      return new DevDraw(own, read(Task.TRAIN, faults)).part(name);
    }
    return read(name, faults);
  }

  private Split read(String name, Consumer<UserError> faults) {
    File file = source.open(name);
    TableReader reader =
        new TableReader(
            file.name(),
            task.layouts(name),
            task.testSplits().contains(name)
                ? TableReader.Labels.OPTIONAL
                : TableReader.Labels.NEEDED,
            task.skipsShortRows(name));
    MessageDigest digest = Sha256.start();
    try (DigestInputStream stream = new DigestInputStream(file.content().open(), digest);
        Table table = file.format().open(file.name(), stream)) {
      TableReader.Content content = reader.read(table, faults);
      stream.transferTo(OutputStream.nullOutputStream());
      return new Split(
          file.name(),
          content.rows(),
          Sha256.hex(digest),
          content.indexes(),
          content.skipped(),
          content.columns());
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE, file.name() + ": no such file, or it cannot be read", e);
    }
  }
}
