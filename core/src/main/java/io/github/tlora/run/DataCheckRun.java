package io.github.tlora.run;

import io.github.tlora.UserError;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Names everything that is wrong with a data set. */
public final class DataCheckRun {
  private DataCheckRun() {}

  /**
   * What a check found.
   *
   * @param faults of all splits
   */
  public record Result(String task, String data, int faults, Map<String, Split> splits) {}

  /**
   * What a check found in one split.
   *
   * @param rows that fit
   * @param faultCount all of them
   * @param faults the first ones, each with file and line
   */
  public record Split(String file, int rows, int skipped, int faultCount, List<String> faults) {}

  /**
   * Looks for everything that is wrong with a task's files.
   *
   * @param most faults of a split that are told in words; the others are counted
   * @throws UserError exit 3 when there are no files at all
   */
  public static Result check(String task, String data, int most, Environment environment) {
    Task known = TaskFile.find(task);
    Dataset dataset = Dataset.find(known, data, environment.home());
    Map<String, Split> splits = new LinkedHashMap<>();
    for (String name : known.splits()) {
      boolean isNeeded = !known.testSplits().contains(name) || known.splits().size() == 1;
      if (dataset.has(name) || (isNeeded && !(name.equals("dev") && dataset.drawsDev()))) {
        Split checked = check(dataset, name, most);
        if (!isSeen(checked, splits.values(), known.testSplits().contains(name))) {
          splits.put(name, checked);
        }
      }
    }
    int faults = splits.values().stream().mapToInt(Split::faultCount).sum();
    return new Result(known.key(), dataset.name(), faults, splits);
  }

  /** One file that stands for several splits is told once. */
  private static boolean isSeen(Split split, Collection<Split> others, boolean isTest) {
    return others.stream()
        .filter(other -> !split.file().isEmpty() && other.file().equals(split.file()))
        .anyMatch(other -> isTest || other.equals(split));
  }

  private static Split check(Dataset dataset, String name, int most) {
    List<String> faults = new ArrayList<>();
    int[] count = {0};
    Consumer<UserError> hear =
        fault -> {
          if (count[0]++ < most) {
            faults.add(fault.getMessage());
          }
        };
    try {
      Dataset.Split split = dataset.split(name, hear);
      return new Split(split.file(), split.rows().size(), split.skipped(), count[0], faults);
    } catch (UserError e) {
      hear.accept(e);
      return new Split("", 0, 0, count[0], faults);
    }
  }
}
