package io.github.tlora.run;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;
import static java.util.Comparator.nullsLast;
import static java.util.Comparator.reverseOrder;

import io.github.tlora.Suggestion;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.data.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The runs below some directories. */
public final class RunList {
  /** How a run may have gone. */
  public static final List<String> STATUSES =
      List.of(
          Manifest.COMPLETE,
          Manifest.RUNNING,
          Manifest.INTERRUPTED,
          RecordedRun.KILLED,
          Manifest.FAILED);

  /** Sweeps put runs into directories of their own, perhaps by task and by method. */
  private static final int DEPTH = 3;

  private RunList() {}

  /** What comes first. */
  public enum Order {
    /** Task by task the best score; rows of the bundled sample are a task of their own. */
    SCORE(
        comparing(RunSummary::group)
            .thenComparing(RunSummary::score, nullsLast(reverseOrder()))
            .thenComparing(RunSummary::started)),
    /** The latest. */
    STARTED(comparing(RunSummary::started, reverseOrder())),
    /** By the alphabet. */
    NAME(comparing(RunSummary::run)),
    /** The fewest trained; those that did not end come last. */
    PARAMETERS(
        comparing(
            run -> run.parameters() == null ? null : run.parameters().trainable(),
            nullsLast(naturalOrder()))),
    /** The shortest; those that run come last. */
    TIME(comparing(RunSummary::seconds, nullsLast(naturalOrder())));

    private final Comparator<RunSummary> comparator;

    Order(Comparator<RunSummary> comparator) {
      this.comparator = comparator.thenComparing(RunSummary::run);
    }
  }

  /** Which runs are wanted; null takes all. */
  public record Filter(String task, String method, String status) {
    /** Refuses words that no run can have. */
    public Filter {
      task = task != null && Task.isKnown(task) ? Task.named(task).key() : task;
      require("--method", method, Method.names());
      require("--status", status, STATUSES);
    }

    private static void require(String flag, String word, List<String> known) {
      if (word != null && !known.contains(word)) {
        String near =
            Suggestion.of(word, known).map(s -> " (did you mean '" + s + "'?)").orElse("");
        throw UserError.usage(
            flag + ": '" + word + "' is unknown" + near + ". Known: " + String.join(", ", known));
      }
    }

    boolean takes(RunSummary run) {
      return (task == null || task.equals(run.task()))
          && (method == null || method.equals(run.method()))
          && (status == null || status.equals(run.status()));
    }
  }

  /**
   * The runs in {@code directories} and below.
   *
   * @param directories of runs, or runs themselves
   * @param fault hears in a line of each directory that is damaged or no run
   * @throws UserError exit 3 when one of {@code directories} does not exist
   */
  public static List<RunSummary> of(
      List<Path> directories, Filter filter, Order order, Consumer<String> fault) {
    return recorded(directories, fault).stream()
        .map(RunSummary::of)
        .filter(filter::takes)
        .sorted(order.comparator)
        .toList();
  }

  /** What those runs say of themselves; a directory that is named twice counts once. */
  static List<RecordedRun> recorded(List<Path> directories, Consumer<String> fault) {
    List<RecordedRun> runs = new ArrayList<>();
    for (Path run : find(directories, fault)) {
      try {
        RecordedRun recorded = RecordedRun.read(run);
        recorded.seconds(); // a manifest whose times are none is damaged, too
        runs.add(recorded);
      } catch (UserError e) {
        fault.accept(e.getMessage());
      }
    }
    return runs;
  }

  private static List<Path> find(List<Path> directories, Consumer<String> fault) {
    List<Path> found = new ArrayList<>();
    for (Path directory : directories) {
      if (!Files.isDirectory(directory)) {
        throw UserError.file(
            directory + ": no such directory. 'tlora train' makes runs/; name another one");
      }
      if (RunDirectory.isIn(directory)) {
        found.add(directory);
      } else {
        children(directory).forEach(child -> find(child, DEPTH, fault).ifPresent(found::addAll));
      }
    }
    return found.stream().distinct().toList();
  }

  /** The runs in {@code directory}; nothing, with a word why, where there is none. */
  private static Optional<List<Path>> find(Path directory, int depth, Consumer<String> fault) {
    try {
      return findIn(directory, depth, fault);
    } catch (UserError e) {
      fault.accept(e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<List<Path>> findIn(Path directory, int depth, Consumer<String> fault) {
    if (RunDirectory.isIn(directory)) {
      return Optional.of(List.of(directory));
    }
    List<Path> below = new ArrayList<>();
    if (depth > 1) {
      for (Path child : children(directory)) {
        find(child, depth - 1, line -> {}).ifPresent(below::addAll);
      }
    }
    if (below.isEmpty()) {
      fault.accept(directory + ": is not the directory of a run, and has none in it");
      return Optional.empty();
    }
    return Optional.of(below);
  }

  /** The directories in {@code directory}, less hidden ones, by name. */
  private static List<Path> children(Path directory) {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(Files::isDirectory)
          .filter(child -> !child.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, directory + ": cannot be read", e);
    }
  }
}
