package io.github.tlora.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Full;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.checkpoint.HuggingFaceCheckpoint;
import io.github.tlora.checkpoint.MergeRecord;
import io.github.tlora.model.BaseWeights;
import io.github.tlora.model.LabelMap;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.WeightSource;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Takes an adapter out of a merged checkpoint again. */
public final class UnmergeRun {
  private UnmergeRun() {}

  /**
   * What unmerging came to.
   *
   * @param merged the merged checkpoint as given
   * @param adapter the adapter that was taken out
   * @param output the restored base's directory
   * @param base what results call the base
   * @param dtype how its weights are stored
   * @param largestError largest absolute difference of a weight from the base's own; null where the
   *     base is not here to be compared
   */
  public record Result(
      String merged,
      String adapter,
      String output,
      String base,
      Dtype dtype,
      @JsonInclude(JsonInclude.Include.NON_NULL) Double largestError) {}

  /**
   * Writes the base that the adapter was merged into.
   *
   * @param merged the directory that {@link MergeRun} wrote
   * @param adapter a run directory or an adapter's; null for where it was when it was merged
   * @param output the base's directory, which must not exist
   * @param model where the base itself is, to be compared; null looks where it was in training
   * @throws UserError exit 2 when nothing of the base is left, exit 3 when a file is missing or the
   *     adapter is another one
   */
  public static Result unmerge(
      Path merged, Path adapter, Path output, String model, Environment environment) {
    RunDirectory.requireNew(output);
    MergeRecord record = MergeRecord.read(merged);
    Path given = adapter == null ? Path.of(record.adapter()) : adapter;
    AdapterConfig config = LoadedAdapter.configOf(given);
    if (config.method() instanceof Full) {
      throw UserError.usage(
          merged
              + ": full fine-tuning replaced every weight: nothing of the base is left in it. The"
              + " base is "
              + record.baseId());
    }
    Path directory = LoadedAdapter.adapterDirectory(given);
    record.requireAdapter(directory, config);
    Optional<ModelFiles> base = base(config, model, environment);
    ModelFiles files = new ModelFiles.Directory(merged);
    try (NDManager manager = environment.newManager()) {
      SequenceClassifier restored = restored(merged, directory, config, files, manager);
      double error =
          NewDirectory.write(
              output,
              aside -> {
                write(aside, restored, record, files);
                return base.map(own -> error(aside, own, manager)).orElse(Double.NaN);
              });
      return new Result(
          merged.toString(),
          given.toString(),
          output.toString(),
          record.baseId(),
          record.dtype(),
          base.isPresent() ? error : null);
    }
  }

  /** The base itself; a name that was typed must be found. */
  private static Optional<ModelFiles> base(
      AdapterConfig config, String model, Environment environment) {
    try {
      String name = model == null ? config.baseModel().model() : model;
      return Optional.of(environment.models().find(name));
    } catch (UserError missing) {
      if (model != null) {
        throw missing;
      }
      return Optional.empty();
    }
  }

  private static SequenceClassifier restored(
      Path merged, Path adapter, AdapterConfig config, ModelFiles files, NDManager manager) {
    LabelMap labels = LabelMap.of(config.head(), config.labels(), files.config(), files.id());
    SequenceClassifier model =
        SequenceClassifier.declare(files.architecture(), config.head(), labels, config.method());
    try (WeightSource weights = files.openWeights()) {
      model.load(weights, manager);
    }
    // The merged weights are another base than the adapter's, and are meant to be.
    AdapterFile.load(adapter, config, model, manager, line -> {});
    MergeRecord.unmerge(merged, model, manager);
    return model;
  }

  private static void write(
      Path directory, SequenceClassifier model, MergeRecord record, ModelFiles files) {
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    for (Param param : model.params().of(Role.BASE)) {
      tensors.put(param.name(), param.array());
    }
    HuggingFaceCheckpoint.write(directory, tensors, record.baseConfig(), files, record.dtype());
  }

  /** Of the base as it was written. */
  private static double error(Path written, ModelFiles base, NDManager owner) {
    ModelFiles files = new ModelFiles.Directory(written);
    SequenceClassifier model =
        SequenceClassifier.declare(files.architecture(), files.defaultHead(), 2, Slots.NONE);
    try (NDManager manager = owner.newSubManager();
        WeightSource weights = files.openWeights();
        WeightSource own = base.openWeights()) {
      model.load(weights, manager);
      String prefix = model.architecture().prefix();
      return BaseWeights.largestDifference(model.params().of(Role.BASE), own, prefix, manager);
    }
  }
}
