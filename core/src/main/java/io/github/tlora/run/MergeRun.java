package io.github.tlora.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.HuggingFaceCheckpoint;
import io.github.tlora.checkpoint.MergeRecord;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Rows;
import io.github.tlora.metric.Metric;
import io.github.tlora.model.BaseWeights;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.AtomicFile;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.WeightSource;
import io.github.tlora.train.Evaluator;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Merges an adapter into its base and writes the whole model as a Hugging Face checkpoint, after it
 * has been loaded again and compared on the dev rows. Sums are formed in F32, also where the
 * checkpoint is then stored in half precision: what rounding costs is measured, not hoped.
 */
public final class MergeRun {
  private MergeRun() {}

  /**
   * What merging came to.
   *
   * @param output the checkpoint's directory
   * @param dtype how its weights are stored
   * @param rows dev rows on which both were compared
   * @param largestDifference largest absolute difference of a merged and an unmerged logit
   * @param tolerance what was accepted
   * @param changedLabels rows whose label differs; null in a regression
   * @param unmerged scores of the adapter on its base, fractions
   * @param merged scores of the checkpoint as it was written
   * @param stock whether a stock transformers class computes the same logits
   */
  public record Result(
      String run,
      String output,
      Dtype dtype,
      String split,
      int rows,
      double largestDifference,
      double tolerance,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer changedLabels,
      Map<Metric, Double> unmerged,
      Map<Metric, Double> merged,
      boolean stock) {}

  /**
   * What is asked of merging.
   *
   * @param run a run directory or an adapter's
   * @param output the checkpoint's directory, which must not exist
   * @param data where the dev rows are, or null for those of the run
   * @param model where the base is found now, or null for where it was in training
   * @param dtype how the weights are stored, or null for how the base's are
   * @param tolerance largest difference of logits that is accepted, or null for what rounding to
   *     the type explains: {@link MergeRun#tolerance}
   */
  public record Request(
      Path run, Path output, String data, String model, Dtype dtype, Double tolerance) {}

  /** Ten times what rounding to {@code dtype} does to the logits of the bundled encoder. */
  public static double tolerance(Dtype dtype) {
    return switch (dtype) {
      case F32 -> 1e-4;
      case F16 -> 5e-3;
      case BF16 -> 5e-2;
    };
  }

  /**
   * Merges an adapter.
   *
   * @throws UserError exit 1 when the difference is larger than the tolerance, exit 2 when the
   *     method cannot be merged; nothing is left behind
   */
  public static Result merge(Request request, Environment environment) {
    RunDirectory.requireNew(request.output());
    LoadedAdapter.configOf(request.run()).requireMergeable(request.run());
    try (LoadedAdapter adapter =
        LoadedAdapter.open(request.run(), request.model(), Dtype.F32, environment)) {
      Dataset dataset = adapter.dataset(request.data(), environment);
      Rows dev = adapter.rowsOfSplit(dataset.split("dev").rows());
      Evaluator.Evaluation unmerged = score(adapter, adapter.model(), dev, adapter.manager());
      Dtype dtype = request.dtype() == null ? storedType(adapter) : request.dtype();
      double tolerance = request.tolerance() == null ? tolerance(dtype) : request.tolerance();
      return NewDirectory.write(
          request.output(),
          aside -> {
            write(aside, adapter, dtype);
            Evaluator.Evaluation merged = reload(aside, adapter, dev);
            Result result = compare(request, adapter, dtype, tolerance, unmerged, merged);
            requireWithin(result);
            AtomicFile.write(
                aside.resolve(ModelCard.FILE),
                MergedCard.of(adapter.config(), adapter.files(), dataset, result));
            return result;
          });
    }
  }

  /** How the base's matrices are stored. */
  private static Dtype storedType(LoadedAdapter adapter) {
    Param matrix =
        adapter.model().params().of(Role.BASE).stream()
            .filter(param -> param.shape().dimension() > 1)
            .findFirst()
            .orElseThrow();
    String prefix = adapter.model().architecture().prefix();
    try (WeightSource weights = adapter.files().openWeights()) {
      return weights.dtype(BaseWeights.storedName(matrix.name(), prefix, weights).orElseThrow());
    }
  }

  private static Result compare(
      Request request,
      LoadedAdapter adapter,
      Dtype dtype,
      double tolerance,
      Evaluator.Evaluation unmerged,
      Evaluator.Evaluation merged) {
    boolean hasLabels = !adapter.task().isRegression();
    int labels = adapter.model().labels().labels();
    return new Result(
        request.run().toString(),
        request.output().toString(),
        dtype,
        "dev",
        unmerged.logits().length,
        largest(unmerged.logits(), merged.logits()),
        tolerance,
        hasLabels ? changed(unmerged.logits(), merged.logits(), labels) : null,
        unmerged.metrics(),
        merged.metrics(),
        isStock(adapter.config()));
  }

  private static void requireWithin(Result result) {
    if (!(result.largestDifference() <= result.tolerance())) {
      throw UserError.failed(
          String.format(
              Locale.ROOT,
              "merge: merged and unmerged logits differ by %.3g on the dev rows%s, more than the"
                  + " tolerance %.3g. Nothing was written. Accept it with --tolerance%s",
              result.largestDifference(),
              result.changedLabels() == null
                  ? ""
                  : " and " + result.changedLabels() + " of " + result.rows() + " labels change",
              result.tolerance(),
              result.dtype() == Dtype.F32 ? "" : ", or keep all digits with --dtype f32"));
    }
  }

  private static boolean isStock(AdapterConfig config) {
    return config.head().kind() == HeadSettings.Kind.NATIVE;
  }

  private static void write(Path directory, LoadedAdapter adapter, Dtype dtype) {
    AdapterConfig config = adapter.config();
    SequenceClassifier model = adapter.model();
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    for (Param param : model.params().of(Role.BASE, Role.HEAD)) {
      tensors.put(param.name(), param.array());
    }
    try (NDManager merged = adapter.manager().newSubManager()) {
      for (Projection projection : model.projections()) {
        if (projection.delta().isPresent()) {
          tensors.put(projection.weight().name(), projection.mergedWeight(merged));
        }
      }
      ObjectNode json = HuggingFaceCheckpoint.config(adapter.files(), model, config);
      json.put("torch_dtype", dtype.torchName());
      HuggingFaceCheckpoint.write(directory, tensors, json, adapter.files(), dtype);
    }
    try (WeightSource base = adapter.files().openWeights()) {
      MergeRecord.of(adapter.directory(), config, adapter.files(), dtype)
          .write(directory, model, base, adapter.manager());
    }
  }

  /** The written checkpoint's scores, through the loading path of any checkpoint. */
  private static Evaluator.Evaluation reload(Path directory, LoadedAdapter adapter, Rows dev) {
    ModelFiles files = new ModelFiles.Directory(directory);
    HeadSettings form = files.defaultHead();
    HeadSettings head =
        new HeadSettings(
            form.kind(), form.pooling(), HeadSettings.From.CHECKPOINT, null, false, null);
    SequenceClassifier merged =
        SequenceClassifier.declare(
            files.architecture(), head, adapter.model().labels().inOrder(), Slots.NONE);
    try (NDManager manager = adapter.manager().newSubManager();
        WeightSource weights = files.openWeights()) {
      merged.load(weights, manager);
      return score(adapter, merged, dev, manager);
    }
  }

  private static Evaluator.Evaluation score(
      LoadedAdapter adapter, SequenceClassifier model, Rows rows, NDManager manager) {
    return Evaluator.evaluate(
        model,
        rows,
        adapter.task(),
        adapter.task().split("dev"),
        LoadedAdapter.BATCH_SIZE,
        manager);
  }

  private static double largest(float[][] a, float[][] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[i].length; j++) {
        double difference = Math.abs((double) a[i][j] - b[i][j]);
        if (!(difference <= largest)) {
          largest = difference; // NaN too
        }
      }
    }
    return largest;
  }

  private static int changed(float[][] a, float[][] b, int labels) {
    int changed = 0;
    for (int i = 0; i < a.length; i++) {
      changed += Evaluator.highest(a[i], labels) == Evaluator.highest(b[i], labels) ? 0 : 1;
    }
    return changed;
  }
}
