package io.github.tlora.config;

import io.github.tlora.UserError;
import io.github.tlora.config.ConfigNode.Mapping;
import io.github.tlora.config.ConfigNode.Scalar;
import io.github.tlora.data.TableTask;
import io.github.tlora.data.Task;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A file that describes a task of one's own: its keys are {@link TableTask}'s components. */
public final class TaskFile {
  private TaskFile() {}

  /**
   * The task called {@code name}, or the one that the file {@code name} describes.
   *
   * @throws UserError exit 2 when there is no such task, or with everything that is wrong in the
   *     file
   */
  public static Task find(String name) {
    return name.matches(".*\\.(yaml|yml|json)") ? read(Path.of(name)) : Task.named(name);
  }

  /**
   * Reads {@code file}.
   *
   * @return the task with its files found from the file's own directory
   */
  public static TableTask read(Path file) {
    Problems problems = new Problems();
    ConfigFiles reader = new ConfigFiles(problems);
    reader.read(file);
    problems.throwIfIncomplete();
    Mapping settings = Mapping.empty(Origin.of(file.normalize().toString()));
    for (Mapping layer : reader.layers()) {
      settings = settings.under(layer);
    }
    Object task = new Binder(TableTask.class, problems).bind(named(settings, file));
    problems.sort(List.of(settings.origin().place()));
    problems.throwIfAny();
    Path directory = file.toAbsolutePath().getParent();
    return ((TableTask) task).in(file.isAbsolute() ? directory : relative(file));
  }

  private static Path relative(Path file) {
    return file.getParent() == null ? Path.of("") : file.getParent();
  }

  /** A task without a name has its file's. */
  private static Mapping named(Mapping settings, Path file) {
    if (settings.get("name") != null && !settings.get("name").isNull()) {
      return settings;
    }
    String name =
        file.getFileName()
            .toString()
            .replaceFirst("\\.[^.]+$", "")
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9_-]+", "-");
    Scalar derived = new Scalar(settings.origin(), name, name);
    return settings.under(new Mapping(settings.origin(), Map.of("name", derived)));
  }

  /** The file that reads as {@code task}, wherever it is put. */
  public static String toYaml(TableTask task) {
    return ConfigWriter.yaml(task.in(Path.of("").toAbsolutePath()));
  }
}
