package io.github.tlora.data;

import java.nio.file.Path;

/**
 * One file that is the split that it is asked for; dev and test prefer theirs beside it.
 *
 * @param isEverySplit whether it is the dev split too where none stands beside it
 */
record LoneFile(Task task, Path path, boolean isEverySplit) implements Dataset.Source {
  @Override
  public Dataset.File open(String split) {
    return !split.equals(Task.TRAIN) && beside().has(split)
        ? beside().open(split)
        : Dataset.File.at(path);
  }

  /** It is the first dev split, not two different ones. */
  @Override
  public boolean has(String split) {
    return split.equals(Task.TRAIN)
        || (isEverySplit && task.devSplits().indexOf(split) == 0)
        || task.testSplits().indexOf(split) == 0
        || beside().has(split);
  }

  private DataFolder beside() {
    return new DataFolder(task, path.toAbsolutePath().getParent());
  }
}
