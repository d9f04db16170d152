package io.github.tlora.run;

import ai.djl.ndarray.NDManager;
import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.config.ConfigWriter;
import io.github.tlora.config.Layers;
import io.github.tlora.config.RunConfig;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * A run that ended before its last step, opened to go on from its {@code last/}.
 *
 * @param directory the run's, which is locked
 */
record Resumption(RunDirectory directory, RunState state, Manifest manifest) {
  /** Settings that may be others than before: none of them changes what a step computes. */
  private static final Set<String> FREE =
      Set.of(
          "baseline",
          "data",
          "device",
          "threads",
          "train.checkpoints.keep",
          "train.checkpoints.steps",
          "train.evaluation.patience",
          "train.max_time");

  private static final String FREE_GROUP = "log.";

  /**
   * Opens {@code run}.
   *
   * @param config its own, but for settings that may change
   * @throws UserError exit 2 when it is complete, in use, or would be trained otherwise than
   *     before; exit 3 when it has nothing to go on from
   */
  static Resumption of(Path run, RunConfig config) {
    RunDirectory directory = RunDirectory.reopen(run);
    try {
      RunConfig recorded = new Layers().file(run.resolve(RunDirectory.CONFIG)).resolve();
      requireSame(run, recorded, config);
      Manifest manifest = Json.read(run.resolve(RunDirectory.MANIFEST), Manifest.class);
      if (manifest.status().equals(Manifest.COMPLETE)) {
        requireUnfinished(run, recorded, config);
      }
      if (!Files.isRegularFile(directory.last().resolve(RunState.FILE))) {
        throw UserError.file(
            run
                + ": was stopped before anything was saved to go on from. Start it anew: tlora train"
                + " -c "
                + run.resolve(RunDirectory.CONFIG));
      }
      return new Resumption(directory, RunState.read(directory.last()), manifest);
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /** What ended by the clock may go on, and what ended by patience with more of it. */
  private static void requireUnfinished(Path run, RunConfig recorded, RunConfig config) {
    String endedBy = Json.read(run.resolve(RunDirectory.RESULT), Ended.class).endedBy();
    Integer patience = config.train().evaluation().patience();
    if (Setting.word(Trainer.End.PATIENCE).equals(endedBy)) {
      if (!Objects.equals(patience, recorded.train().evaluation().patience())) {
        return;
      }
      throw UserError.usage(
          "--resume: "
              + run
              + " ended because it got no better. Give more --patience than "
              + patience);
    } else if (!Setting.word(Trainer.End.MAX_TIME).equals(endedBy)) {
      throw UserError.usage(
          "--resume: "
              + run
              + " is complete. To train further from its adapter: tlora train --init-from "
              + run);
    }
  }

  /**
   * The part of result.json that tells what ended training.
   *
   * @param endedBy null in a result of an earlier version
   */
  private record Ended(String endedBy) {}

  private static void requireSame(Path run, RunConfig recorded, RunConfig config) {
    Map<String, Object> before = ConfigWriter.toFlatMap(recorded);
    Map<String, Object> now = ConfigWriter.toFlatMap(config);
    List<String> changed = new ArrayList<>();
    Set<String> keys = new TreeSet<>(before.keySet());
    keys.addAll(now.keySet());
    for (String key : keys) {
      boolean isFree = FREE.contains(key) || key.startsWith(FREE_GROUP);
      if (!isFree && !Objects.equals(before.get(key), now.get(key))) {
        changed.add(key + " was " + before.get(key) + ", would be " + now.get(key));
      }
    }
    if (!changed.isEmpty()) {
      throw UserError.usage(
          "--resume: a run goes on as it was: "
              + UserError.several(changed, 3)
              + ". To train otherwise from its adapter: tlora train --init-from "
              + run);
    }
  }

  /**
   * Checks that the run goes on with what it began with.
   *
   * @throws UserError exit 2 with what is not as it was
   */
  void requireSame(Manifest.Hashes now) {
    Manifest.Hashes before = manifest.sha256();
    List<String> changed = new ArrayList<>();
    compare("the training rows", before.train(), now.train(), changed);
    compare("the dev rows", before.dev(), now.dev(), changed);
    compare("the encoder's weights", before.base(), now.base(), changed);
    if (!changed.isEmpty()) {
      throw UserError.usage(
          "--resume: "
              + directory.path()
              + ": "
              + String.join(" and ", changed)
              + " are not those that the run began with");
    }
  }

  private static void compare(String what, String before, String now, List<String> changed) {
    if (!Objects.equals(before, now)) {
      changed.add(what);
    }
  }

  /** Gives {@code model}, whose base is loaded, the values that it had. */
  void fill(SequenceClassifier model, NDManager manager) {
    AdapterFile.load(directory.last(), AdapterFile.readConfig(directory.last()), model, manager);
  }

  /** What the optimizer goes on from. */
  Path optimizer() {
    return directory.last().resolve(RunState.OPTIMIZER);
  }
}
