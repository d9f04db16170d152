package io.github.tlora.run;

import static java.util.Comparator.comparing;
import static java.util.Comparator.reverseOrder;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.github.tlora.UserError;
import io.github.tlora.checkpoint.AdapterFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Removes runs that came to nothing, and on request all but the best. */
public final class RunsCleaning {
  private RunsCleaning() {}

  /**
   * Something that goes.
   *
   * @param path a run's directory, or a file in one
   * @param why in a few words
   * @param bytes of its files
   */
  public record Item(String path, String why, long bytes) {}

  /**
   * What was found.
   *
   * @param bytes of all items
   * @param removed whether they are gone
   */
  public record Result(List<Item> items, long bytes, boolean removed) {}

  /**
   * Finds failed runs, interrupted and killed ones without a checkpoint, and files that a killed
   * process left half written. A run that is running is left alone, and so is whatever is no run.
   *
   * @param directories of runs, or runs themselves
   * @param keepBest how many complete runs of each task stay, the best; null keeps all
   * @param remove whether what is found is removed
   * @param fault hears in a line of each directory that is damaged or no run
   */
  public static Result clean(
      List<Path> directories, Integer keepBest, boolean remove, Consumer<String> fault) {
    if (keepBest != null && keepBest < 1) {
      throw UserError.usage("--keep-best must be at least 1, got " + keepBest);
    }
    List<Item> items = new ArrayList<>();
    List<RecordedRun> runs =
        RunList.recorded(directories, fault).stream()
            .filter(run -> !Files.isSymbolicLink(run.path()))
            .filter(run -> !run.status().equals(Manifest.RUNNING))
            .toList();
    List<RecordedRun> beaten = keepBest == null ? List.of() : beaten(runs, keepBest);
    for (RecordedRun run : runs) {
      String why = beaten.contains(run) ? "not among the best " + keepBest : why(run);
      if (why != null) {
        items.add(new Item(run.path().toString(), why, bytes(run.path())));
      } else {
        for (Path file : halfWritten(run.path())) {
          items.add(new Item(file.toString(), "half written", bytes(file)));
        }
      }
    }
    if (remove) {
      items.removeIf(item -> !remove(Path.of(item.path())));
    }
    return new Result(items, items.stream().mapToLong(Item::bytes).sum(), remove);
  }

  private static String why(RecordedRun run) {
    return switch (run.status()) {
      case Manifest.FAILED -> Manifest.FAILED;
      case Manifest.INTERRUPTED, RecordedRun.KILLED ->
          hasCheckpoint(run.path()) ? null : run.status() + " without a checkpoint";
      default -> null;
    };
  }

  private static boolean hasCheckpoint(Path run) {
    try (Stream<Path> inside = Files.walk(run, 2)) {
      return inside.anyMatch(AdapterFile::isIn);
    } catch (IOException e) {
      throw unreadable(run, e);
    }
  }

  /** Complete runs that as many of their task beat; of equal ones the earlier stays. */
  private static List<RecordedRun> beaten(List<RecordedRun> runs, int keep) {
    Comparator<RecordedRun> best =
        comparing(RecordedRun::score, reverseOrder())
            .thenComparing(run -> run.manifest().started())
            .thenComparing(RecordedRun::path);
    return runs.stream()
        .filter(run -> run.status().equals(Manifest.COMPLETE) && run.score() != null)
        .collect(groupingBy(run -> RunSummary.of(run).group(), TreeMap::new, toList()))
        .values()
        .stream()
        .flatMap(group -> group.stream().sorted(best).skip(keep))
        .toList();
  }

  /** Files under the temporary names that {@code AtomicFile} gives. */
  private static List<Path> halfWritten(Path run) {
    try (Stream<Path> inside = Files.walk(run)) {
      return inside
          .filter(path -> path.getFileName().toString().matches("\\..*\\.part"))
          .filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw unreadable(run, e);
    }
  }

  private static long bytes(Path path) {
    try (Stream<Path> inside = Files.walk(path)) {
      long bytes = 0;
      for (Path file : inside.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
      return bytes;
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /** Whether it is gone; a run that was taken up again since it was listed stays. */
  private static boolean remove(Path path) {
    boolean isRun = Files.isDirectory(path);
    if (isRun && RunDirectory.isInUse(path)) {
      return false;
    }
    try {
      if (isRun) {
        empty(path);
      }
      Files.delete(path);
      return true;
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, path + ": cannot be removed: " + e.getMessage(), e);
    }
  }

  /** What tells that it is a run goes last, so that what a killed removal leaves is still one. */
  private static void empty(Path run) throws IOException {
    List<Path> last = List.of(run.resolve(RunDirectory.CONFIG), run.resolve(RunDirectory.MANIFEST));
    try (Stream<Path> inside = Files.walk(run)) {
      for (Path path : inside.sorted(reverseOrder()).toList()) {
        if (!path.equals(run) && !last.contains(path)) {
          Files.delete(path);
        }
      }
    }
    for (Path path : last) {
      Files.delete(path);
    }
  }

  private static UserError unreadable(Path path, IOException e) {
    return new UserError(UserError.Kind.FILE, path + ": cannot be read", e);
  }
}
