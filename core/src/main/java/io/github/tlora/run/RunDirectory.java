package io.github.tlora.run;

import io.github.tlora.UserError;
import io.github.tlora.tensor.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The directory of one training run; docs/formats/run-directory.md says what each file holds. It is
 * made when training is about to start, never before everything else is known to be in order.
 */
public final class RunDirectory {
  public static final String CONFIG = "config.yaml";
  public static final String TASK = "task.yaml";
  public static final String MANIFEST = "manifest.json";
  public static final String PROVENANCE = "provenance.json";
  public static final String METRICS = "metrics.jsonl";
  public static final String RESULT = "result.json";
  public static final String LOG = "log.txt";
  public static final String ADAPTER = "adapter";
  public static final String LAST = "last";

  private final Path path;

  private RunDirectory(Path path) {
    this.path = path;
  }

  /**
   * Makes {@code wanted}.
   *
   * @throws UserError exit 2 when it exists
   */
  public static RunDirectory create(Path wanted) {
    requireNew(wanted);
    try {
      if (wanted.toAbsolutePath().getParent() != null) {
        Files.createDirectories(wanted.toAbsolutePath().getParent());
      }
    } catch (IOException e) {
      throw cannotBeMade(wanted, e);
    }
    try {
      Files.createDirectory(wanted);
    } catch (FileAlreadyExistsException e) {
      throw exists(wanted);
    } catch (IOException e) {
      throw cannotBeMade(wanted, e);
    }
    return new RunDirectory(wanted);
  }

  /** Makes the first of {@code runs/name}, {@code runs/name-2}, ... that does not exist. */
  public static RunDirectory createNext(Path runs, String name) {
    for (int i = 1; ; i++) {
      Path candidate = runs.resolve(i == 1 ? name : name + "-" + i);
      if (!Files.exists(candidate)) {
        return create(candidate);
      }
    }
  }

  /**
   * Checks that {@code wanted} can be made.
   *
   * @throws UserError exit 2 when it exists
   */
  public static void requireNew(Path wanted) {
    if (Files.exists(wanted)) {
      throw exists(wanted);
    }
  }

  private static UserError cannotBeMade(Path wanted, IOException e) {
    return new UserError(UserError.Kind.FILE, wanted + ": the directory cannot be made", e);
  }

  private static UserError exists(Path wanted) {
    return UserError.usage(
        "-o: '" + wanted + "' exists already. Name another directory, or remove it first");
  }

  public Path path() {
    return path;
  }

  /** Where the best epoch's adapter stands. */
  public Path adapter() {
    return path.resolve(ADAPTER);
  }

  /** Where the last epoch's adapter stands. */
  public Path last() {
    return path.resolve(LAST);
  }

  /** Writes a whole file; {@code name} may have a directory. */
  public void write(String name, String text) {
    Path file = path.resolve(name);
    try {
      Files.createDirectories(file.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    AtomicFile.write(file, text);
  }

  /** Adds a line to {@code metrics.jsonl}. */
  public void metric(Object event) {
    append(METRICS, Json.line(event) + "\n");
  }

  /** Adds a line with the time to {@code log.txt}. */
  public void log(String message) {
    append(LOG, Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + message + "\n");
  }

  /** Adds a stack trace to {@code log.txt}. */
  public void log(Throwable failure) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    log(trace.toString().stripTrailing());
  }

  private void append(String name, String text) {
    try {
      Files.writeString(
          path.resolve(name),
          text,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
