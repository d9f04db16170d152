package io.github.tlora.data;

import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import io.github.tlora.tensor.Seeds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Draws a dev split from training rows: the same share of each class, or of each tenth of the
 * numbers of a regression.
 */
final class DevDraw {
  private static final int TENTHS = 10;

  private final TableTask task;
  private final Dataset.Split all;

  DevDraw(TableTask task, Dataset.Split all) {
    this.task = task;
    this.all = all;
  }

  /** The rows that are dev, or those that are left for train, in the file's order. */
  Dataset.Split part(String split) {
    boolean[] isDev = drawn();
    boolean wanted = split.equals("dev");
    List<Example> rows =
        IntStream.range(0, isDev.length)
            .filter(i -> isDev[i] == wanted)
            .mapToObj(all.rows()::get)
            .toList();
    if (rows.isEmpty()) {
      throw UserError.file(
          all.file()
              + ": has too few rows to draw a dev split from ("
              + all.rows().size()
              + "). Name one with files.dev");
    }
    String how = " dev_fraction " + task.devFraction() + " dev_seed " + task.devSeed();
    String hash = Sha256.of(all.sha256() + how + " " + split);
    return new Dataset.Split(all.file(), rows, hash, List.of(), all.skipped(), all.columns());
  }

  private boolean[] drawn() {
    boolean[] isDev = new boolean[all.rows().size()];
    int stratum = 0;
    for (List<Integer> rows : strata()) {
      int[] order = new Seeds(task.devSeed()).stream("dev/" + stratum).permutation(rows.size());
      // Of every stratum of two rows and more one at least goes to each side.
      int count = (int) Math.round(rows.size() * task.devFraction());
      count = Math.max(Math.min(1, rows.size() - 1), Math.min(rows.size() - 1, count));
      for (int i = 0; i < count; i++) {
        isDev[rows.get(order[i])] = true;
      }
      stratum++;
    }
    return isDev;
  }

  private Collection<List<Integer>> strata() {
    List<Example> rows = all.rows();
    Map<Integer, List<Integer>> strata = new TreeMap<>();
    List<Integer> order = new ArrayList<>(IntStream.range(0, rows.size()).boxed().toList());
    if (task.isRegression()) {
      order.sort(Comparator.comparingDouble(row -> rows.get(row).value()));
    }
    for (int i = 0; i < order.size(); i++) {
      int row = order.get(i);
      int stratum =
          task.isRegression() ? (int) ((long) TENTHS * i / order.size()) : rows.get(row).label();
      strata.computeIfAbsent(stratum, unused -> new ArrayList<>()).add(row);
    }
    return strata.values();
  }
}
