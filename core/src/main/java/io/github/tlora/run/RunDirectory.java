package io.github.tlora.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.tlora.UserError;
import io.github.tlora.tensor.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The directory of one training run; docs/formats/run-directory.md says what each file holds. It is
 * made when training is about to start, never before everything else is known to be in order.
 */
public final class RunDirectory implements AutoCloseable {
  public static final String CONFIG = "config.yaml";
  public static final String TASK = "task.yaml";
  public static final String MANIFEST = "manifest.json";
  public static final String PROVENANCE = "provenance.json";
  public static final String METRICS = "metrics.jsonl";
  public static final String RESULT = "result.json";
  public static final String LOG = "log.txt";
  public static final String ADAPTER = "adapter";
  public static final String LAST = "last";
  public static final String CHECKPOINTS = "checkpoints";

  private static final String LOCK = ".lock";
  private static final String STEP = "step-";

  private final Path path;
  private final FileChannel lock;

  private RunDirectory(Path path) {
    this.path = path;
    this.lock = lock(path);
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

  /**
   * Opens the directory of a run that is to go on.
   *
   * @throws UserError exit 3 when it is none, exit 2 when another process is at it
   */
  static RunDirectory reopen(Path run) {
    configOf(run);
    RunDirectory directory = new RunDirectory(run);
    try {
      NewDirectory.recover(directory.last());
      NewDirectory.recover(directory.adapter());
      return directory;
    } catch (IOException e) {
      directory.close();
      throw new UserError(UserError.Kind.FILE, run + ": cannot be written", e);
    }
  }

  /** Whether {@code directory} looks like a run's. */
  static boolean isIn(Path directory) {
    return Files.isRegularFile(directory.resolve(MANIFEST))
        && Files.isRegularFile(directory.resolve(CONFIG));
  }

  /**
   * The configuration of the run in {@code run}.
   *
   * @throws UserError exit 3 when it is no run directory
   */
  public static Path configOf(Path run) {
    if (!isIn(run)) {
      throw UserError.file(run + ": is not a run directory: it has no " + CONFIG);
    }
    return run.resolve(CONFIG);
  }

  /** Whether a process trains in {@code run}. */
  static boolean isInUse(Path run) {
    if (!Files.exists(run.resolve(LOCK))) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(run.resolve(LOCK), StandardOpenOption.WRITE);
        FileLock free = channel.tryLock()) {
      return free == null;
    } catch (OverlappingFileLockException e) {
      return true; // by this process itself
    } catch (IOException e) {
      return false;
    }
  }

  /** Where there are no locks, as on some shared disks, nothing is locked. */
  private static FileChannel lock(Path run) {
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(run.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // This process itself is at it.
    } catch (IOException e) {
      return channel;
    }
    close(channel);
    throw UserError.usage(run + ": another process is training in it. Wait until it has ended");
  }

  private static void close(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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

  /** Puts a whole new directory in the place of the one called {@code name}. */
  void replace(String name, Consumer<Path> content) {
    NewDirectory.replace(path.resolve(name), content);
  }

  /**
   * Keeps a copy of {@code last/} as {@code checkpoints/step-N}, and no more than the newest {@code
   * most} of them.
   */
  void keepCheckpoint(long step, int most) {
    Path all = path.resolve(CHECKPOINTS);
    try {
      Files.createDirectories(all);
      NewDirectory.replace(all.resolve(STEP + step), copy -> NewDirectory.copy(last(), copy));
      try (Stream<Path> kept = Files.list(all)) {
        List<Path> newestFirst =
            kept.filter(one -> one.getFileName().toString().matches(STEP + "\\d+"))
                .sorted(Comparator.comparingLong(RunDirectory::step).reversed())
                .toList();
        newestFirst.stream().skip(most).forEach(NewDirectory::delete);
      }
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, all + ": cannot be written", e);
    }
  }

  private static long step(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring(STEP.length()));
  }

  /** Forgets what {@code metrics.jsonl} has of later steps than {@code step}. */
  void cutMetrics(long step) {
    Path file = path.resolve(METRICS);
    if (!Files.exists(file)) {
      return;
    }
    try {
      String kept =
          Files.readAllLines(file).stream()
              .takeWhile(line -> stepOf(line) <= step)
              .collect(Collectors.joining("\n"));
      AtomicFile.write(file, kept.isEmpty() ? "" : kept + "\n");
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, file + ": cannot be read", e);
    }
  }

  /** What counts of a line of {@code metrics.jsonl}. */
  private record Line(Long step) {}

  /** The step of a line; of one that was not written to its end none that counts. */
  private static long stepOf(String line) {
    try {
      Line read = Json.parse(line, Line.class);
      return read == null || read.step() == null ? Long.MAX_VALUE : read.step();
    } catch (JsonProcessingException e) {
      return Long.MAX_VALUE;
    }
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

  /** Lets other processes at it. */
  @Override
  public void close() {
    if (lock != null) {
      path.resolve(LOCK).toFile().delete();
      close(lock);
    }
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
