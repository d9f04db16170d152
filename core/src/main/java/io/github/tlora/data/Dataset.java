package io.github.tlora.data;

import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A task's files: where they are, and their rows on demand.
 *
 * @param task whose rows they are
 * @param name what to call it in results: a path, or {@code bundled sample}
 * @param isSample whether it is the bundled sample, whose scores say nothing about GLUE
 */
public record Dataset(Task task, String name, boolean isSample, Source source) {
  /** Gives a split's bytes. */
  @FunctionalInterface
  public interface Source {
    /** The file of {@code split}: {@code train} or {@code dev}. */
    File open(String split);
  }

  /** A file's name and content. */
  public record File(String name, byte[] bytes) {}

  /** The name of the sentences that come with the tool. */
  public static final String SAMPLE = "bundled sample";

  /**
   * One split's rows with the SHA-256 of its file.
   *
   * @param file its name, for messages
   */
  public record Split(String file, List<Example> rows, String sha256) {}

  /**
   * The data of {@code task}.
   *
   * @param data a directory with {@code train.tsv} and {@code dev.tsv}, or one file that serves as
   *     every split but those that stand beside it; null looks under {@code home/data}, then (sst2
   *     only) takes the bundled sample
   * @throws UserError exit 3 when there is none
   */
  public static Dataset find(Task task, String data, Path home) {
    if (data != null) {
      Path path = Path.of(data);
      if (!Files.exists(path)) {
        throw UserError.file(
            "data: '"
                + data
                + "' is not there. Give a directory with train.tsv and dev.tsv, or a file");
      }
      return new Dataset(task, data, false, Files.isDirectory(path) ? in(path) : at(path));
    }
    Path cached = home.resolve("data").resolve(task.key());
    if (Files.isDirectory(cached)) {
      return new Dataset(task, cached.toString(), false, in(cached));
    }
    if (task == Glue.SST2) {
      return new Dataset(task, SAMPLE, true, Dataset::sample);
    }
    throw UserError.file(
        "data: no rows for task '"
            + task.key()
            + "' at "
            + cached
            + ". Give --data with a directory that holds train.tsv and dev.tsv");
  }

  private static Source in(Path directory) {
    return split -> file(directory.resolve(split + ".tsv"));
  }

  /** One file is the split that it is asked for; {@code dev} prefers a dev.tsv beside it. */
  private static Source at(Path path) {
    return split -> {
      Path beside = path.resolveSibling(split + ".tsv");
      return file(split.equals("dev") && Files.exists(beside) ? beside : path);
    };
  }

  private static File file(Path path) {
    try {
      return new File(path.toString(), Files.readAllBytes(path));
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, path + ": no such file, or it cannot be read", e);
    }
  }

  private static File sample(String split) {
    String name = "sample/sst2/" + split + ".tsv";
    try (InputStream stream = Dataset.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw UserError.file("the bundled sample has no " + split + " split, only train and dev");
      }
      return new File(SAMPLE + " " + split + ".tsv", stream.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads {@code split}.
   *
   * @throws UserError exit 3 when it is missing or a row does not fit
   */
  public Split split(String split) {
    File file = source.open(split);
    String text = new String(file.bytes(), StandardCharsets.UTF_8);
    return new Split(
        file.name(), Tsv.read(file.name(), text, task.layout()), Sha256.of(file.bytes()));
  }
}
