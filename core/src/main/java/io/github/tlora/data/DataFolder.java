package io.github.tlora.data;

import io.github.tlora.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A directory with a task's files: GLUE's own names, or those of nyu-mll/glue. The files may stand
 * in a directory of it that has the task's name, as in GLUE's own folder.
 */
final class DataFolder implements Dataset.Source {
  private static final String RAW_MRPC = "msr_paraphrase_";

  private final Task task;
  private final Path directory;

  DataFolder(Task task, Path given) {
    this.task = task;
    this.directory = inside(task, given);
  }

  private static Path inside(Task task, Path given) {
    if (task instanceof Glue glue
        && task.splits().stream().allMatch(split -> find(task, given, split).isEmpty())) {
      for (String name : List.of(glue.title(), task.key())) {
        if (Files.isDirectory(given.resolve(name))) {
          return given.resolve(name);
        }
      }
    }
    return given;
  }

  @Override
  public boolean has(String split) {
    return find(task, directory, split).isPresent();
  }

  @Override
  public Dataset.File open(String split) {
    Path file =
        find(task, directory, split)
            .orElseThrow(
                () ->
                    UserError.file(
                        directory
                            + ": has no "
                            + split
                            + " split. Looked for "
                            + String.join(", ", names(task, split))));
    return file.getFileName().toString().startsWith(RAW_MRPC) && !split.equals("test")
        ? new MrpcSource(file).part(split)
        : Dataset.File.at(file);
  }

  private static Optional<Path> find(Task task, Path directory, String split) {
    return names(task, split).stream()
        .map(directory::resolve)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** What a file of {@code split} may be called, first GLUE's own name. */
  private static List<String> names(Task task, String split) {
    List<String> names = new ArrayList<>();
    if (task instanceof TableTask own && own.files().of(split) != null) {
      names.add(Path.of(own.files().of(split)).getFileName().toString());
    }
    for (String name : List.of(split, split.replaceFirst("^dev", "validation"))) {
      for (TableFormat format : TableFormat.values()) {
        for (String extension : format.extensions()) {
          if (!extension.equals("txt") && !names.contains(name + "." + extension)) {
            names.add(name + "." + extension);
          }
        }
      }
    }
    if (task == Glue.MRPC) {
      names.add(RAW_MRPC + (split.equals("test") ? "test" : "train") + ".txt");
    }
    if (task == Glue.AX) {
      names.addAll(0, List.of("AX.tsv", "diagnostic.tsv"));
      names.add("diagnostic-full.tsv");
    }
    return names;
  }
}
