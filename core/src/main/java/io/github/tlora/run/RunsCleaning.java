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
      List<Path> paths = why == null ? halfWritten(run.path()) : List.of(run.path());
      for (Path path : paths) {
        Item item = new Item(path.toString(), why == null ? "half written" : why, bytes(path));
        if (!remove || remove(path, run.path())) {
          items.add(item);
        }
      }
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

  /** What a killed process left under the temporary names of files and of a run's adapters. */
  private static List<Path> halfWritten(Path run) {
    try (Stream<Path> inside = Files.walk(run)) {
      List<Path> parts = inside.filter(RunsCleaning::isHalfWritten).sorted().toList();
      return parts.stream()
          .filter(part -> parts.stream().noneMatch(other -> isWithin(other, part)))
          .toList();
    } catch (IOException e) {
      throw unreadable(run, e);
    }
  }

  private static boolean isHalfWritten(Path path) {
    String name = path.getFileName().toString();
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        ? name.matches("\\.(adapter|last|step-\\d+)\\.part")
        : name.matches("\\..*\\.part");
  }

  private static boolean isWithin(Path directory, Path path) {
    return path.startsWith(directory) && !path.equals(directory);
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

  /** Whether it is gone; nothing of a run that was taken up again since it was listed goes. */
  private static boolean remove(Path path, Path run) {
    if (RunDirectory.isInUse(run)) {
      return false;
    }
    try {
      empty(path);
      Files.deleteIfExists(path);
      return true;
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, path + ": cannot be removed: " + e.getMessage(), e);
    }
  }

  /** What tells that it is a run goes last, so that what a killed removal leaves is still one. */
  private static void empty(Path path) throws IOException {
    List<Path> last =
        List.of(path.resolve(RunDirectory.CONFIG), path.resolve(RunDirectory.MANIFEST));
    try (Stream<Path> inside = Files.walk(path)) {
      List<Path> paths = new ArrayList<>(inside.sorted(reverseOrder()).toList());
      paths.removeAll(last);
      paths.remove(path);
      for (Path each : paths) {
        Files.delete(each);
      }
    }
    if (Files.isDirectory(path)) {
      for (Path each : last) {
        Files.deleteIfExists(each);
      }
    }
  }

  private static UserError unreadable(Path path, IOException e) {
    return new UserError(UserError.Kind.FILE, path + ": cannot be read", e);
  }
}
