package io.github.tlora.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.metric.Metric;
import io.github.tlora.train.Trainer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a training run came to; the content of result.json.
 *
 * @param run its directory
 * @param endedBy what ended training: its last step, patience or the time it was given
 * @param baseline scores of a bag of words on the same rows; null where it was left out
 * @param aboveBaseline the best scores less those; null likewise
 * @param examplesPerSecond training rows a second, evaluation not counted
 * @param tokensPerSecond real tokens a second, padding not counted
 * @param timeToFirstStepS seconds from the start of the process to the end of the first step
 * @param wallS seconds from the start of the process
 * @param peakRssBytes peak resident memory of the process, until training ended
 * @param peakGpuBytes in use on the GPU when training ended, by all processes; null on a CPU
 */
public record TrainResult(
    String run,
    String task,
    Data data,
    String model,
    String method,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer rank,
    long seed,
    Parameters parameters,
    Score best,
    Score last,
    Trainer.End endedBy,
    @JsonInclude(JsonInclude.Include.NON_NULL) Map<Metric, Double> baseline,
    @JsonInclude(JsonInclude.Include.NON_NULL) Map<Metric, Double> aboveBaseline,
    double examplesPerSecond,
    double tokensPerSecond,
    double timeToFirstStepS,
    double wallS,
    long peakRssBytes,
    @JsonInclude(JsonInclude.Include.NON_NULL) Long peakGpuBytes) {

  /**
   * The rows.
   *
   * @param sample whether it is the bundled sample: its score is no GLUE score
   * @param sha256 of the train file's and dev file's SHA-256, one after the other in hex; of MNLI's
   *     two dev files the SHA-256 of both stands for the second
   * @param skippedRows short rows of the files that were left out, as QQP has them
   * @param devFraction share of the training rows that were drawn for dev; null where it has a file
   * @param devSeed the seed that they were drawn with
   */
  public record Data(
      String name,
      boolean sample,
      int trainRows,
      int devRows,
      String sha256,
      @JsonInclude(JsonInclude.Include.NON_DEFAULT) int skippedRows,
      @JsonInclude(JsonInclude.Include.NON_NULL) Double devFraction,
      @JsonInclude(JsonInclude.Include.NON_NULL) Long devSeed) {}

  /**
   * Numbers of elements.
   *
   * @param adapter what the method trains
   * @param head the head's
   * @param trainable what the optimizer changes
   * @param total base, adapter, fixed and head
   */
  public record Parameters(long adapter, long head, long trainable, long total) {}

  /**
   * An evaluation of the dev split.
   *
   * @param metrics fractions
   * @param warnings what makes them less than they seem, a sentence each
   */
  public record Score(long step, double epoch, Map<Metric, Double> metrics, List<String> warnings) {

    /** These scores less {@code others}. */
    Map<Metric, Double> above(Map<Metric, Double> others) {
      Map<Metric, Double> above = new EnumMap<>(Metric.class);
      others.forEach((metric, score) -> above.put(metric, metrics.get(metric) - score));
      return above;
    }
  }
}
