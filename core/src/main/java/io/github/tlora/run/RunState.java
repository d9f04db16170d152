package io.github.tlora.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;

/**
 * Where a run stands: the content of state.json, beside the adapter and the optimizer's state of
 * the same moment.
 *
 * @param step optimizer steps done
 * @param epoch epochs done, with the part of the current one
 * @param best the best evaluation so far; null before the first
 * @param last the last one; null before the first
 */
record RunState(
    long step,
    double epoch,
    @JsonInclude(JsonInclude.Include.NON_NULL) TrainResult.Score best,
    @JsonInclude(JsonInclude.Include.NON_NULL) TrainResult.Score last) {
  static final String FILE = "state.json";
  static final String OPTIMIZER = "optimizer.safetensors";

  static final RunState START = new RunState(0, 0, null, null);

  RunState at(long otherStep, double otherEpoch) {
    return new RunState(otherStep, otherEpoch, best, last);
  }

  RunState evaluated(TrainResult.Score score, boolean isBest) {
    return new RunState(score.step(), score.epoch(), isBest ? score : best, score);
  }

  static RunState read(Path directory) {
    return Json.read(directory.resolve(FILE), RunState.class);
  }
}
