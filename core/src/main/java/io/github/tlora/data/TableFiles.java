package io.github.tlora.data;

import io.github.tlora.UserError;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files that a task's own description names. */
record TableFiles(TableTask task) implements Dataset.Source {
  @Override
  public boolean has(String split) {
    return task.files().of(split) != null;
  }

  @Override
  public Dataset.File open(String split) {
    String file = task.files().of(split);
    if (file == null) {
      throw UserError.file(
          "task " + task.key() + ": has no " + split + " split. Name its file with files." + split);
    } else if (!Files.isRegularFile(Path.of(file))) {
      throw UserError.file(
          file + ": no such file. It is files." + split + " of task " + task.key());
    }
    return Dataset.File.at(Path.of(file));
  }
}
