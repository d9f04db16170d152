package io.github.tlora.run;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Lora;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.checkpoint.LoraSum;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.Dtype;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes one adapter of several: the weighted sum of their updates, as a LoRA. */
public final class CombineRun {
  private CombineRun() {}

  /**
   * What is asked of combining.
   *
   * @param runs run directories or adapters', two or more, of one base
   * @param weights one a run, of any sign; null gives each 1
   * @param rank the largest that the result may have at a matrix; null for the exact sum, whose
   *     rank is that of all together
   * @param head the run, from 0, whose task, labels and head the result has; null averages the
   *     heads, by weights that add up to 1
   * @param output the new adapter's directory, which must not exist
   * @param model where the base is found now, or null for where it was in training
   */
  public record Request(
      List<Path> runs,
      List<Double> weights,
      Integer rank,
      Integer head,
      Path output,
      String model) {
    public Request {
      runs = List.copyOf(runs);
      if (runs.size() < 2) {
        throw UserError.usage("combine: give two adapters or more, got " + runs.size());
      }
      List<Double> given = weights == null ? runs.stream().map(run -> 1.0).toList() : weights;
      weights = List.copyOf(given);
      if (weights.size() != runs.size()) {
        throw UserError.usage(
            "--weights must have one number an adapter, "
                + runs.size()
                + ", got "
                + weights.size());
      }
      if (weights.stream().anyMatch(weight -> !Double.isFinite(weight) || weight == 0)) {
        throw UserError.usage("--weights must be finite and not 0, got " + weights);
      }
      if (rank != null && rank < 1) {
        throw UserError.usage("--rank must be at least 1, got " + rank);
      }
      if (head != null && (head < 0 || head >= runs.size())) {
        throw UserError.usage("--head must be 1 to " + runs.size() + ", or average");
      }
      if (head == null && !(weights.stream().mapToDouble(w -> w).sum() > 0)) {
        throw UserError.usage(
            "--head average needs weights whose sum is above 0, got "
                + weights
                + ". Give a number");
      }
    }
  }

  /**
   * What combining came to.
   *
   * @param rank the largest at a matrix
   * @param matrices how many matrices are adapted
   * @param largestDifference largest absolute difference of an entry from the exact sum
   * @param relativeError Frobenius norm of what cutting to a rank lost over that of the exact sum;
   *     null where nothing was to be cut
   */
  public record Result(
      List<String> runs,
      List<Double> weights,
      String output,
      int rank,
      int matrices,
      String task,
      double largestDifference,
      @JsonInclude(JsonInclude.Include.NON_NULL) Double relativeError) {}

  /**
   * Combines adapters.
   *
   * @throws UserError exit 2 when one of them equals no LoRA, or heads cannot be averaged; exit 3
   *     when one belongs to another base
   */
  public static Result combine(Request request, Environment environment) {
    RunDirectory.requireNew(request.output());
    for (Path run : request.runs()) {
      ConvertRun.requireConvertible(LoadedAdapter.configOf(run).method(), run);
    }
    List<LoadedAdapter> adapters = new ArrayList<>();
    try (LoadedBase base = LoadedBase.of(request.runs(), request.model(), Dtype.F32, environment)) {
      for (Path run : request.runs()) {
        adapters.add(LoadedAdapter.on(base, run));
        requireLora(adapters.get(adapters.size() - 1).model(), run);
      }
      return NewDirectory.write(
          request.output(), aside -> write(aside, request, base, adapters, environment));
    } finally {
      adapters.forEach(LoadedAdapter::close);
    }
  }

  private static void requireLora(SequenceClassifier model, Path run) {
    boolean isLow =
        !model.attachments().deltas().isEmpty()
            && model.attachments().deltas().values().stream().allMatch(d -> d.asLora().isPresent());
    if (!isLow) {
      throw ConvertRun.noLora(LoadedAdapter.configOf(run).method(), run);
    }
    if (model.params().of(Role.BASE).stream().anyMatch(model::changes)) {
      throw UserError.usage(
          run + ": changes weights of the base besides its update, which cannot be summed");
    }
  }

  private static Result write(
      Path aside,
      Request request,
      LoadedBase base,
      List<LoadedAdapter> adapters,
      Environment environment) {
    List<SequenceClassifier> models = adapters.stream().map(LoadedAdapter::model).toList();
    try (NDManager manager = base.manager().newSubManager()) {
      LoraSum sum = LoraSum.of(models, request.weights(), request.rank(), manager);
      LoadedAdapter chosen = adapters.get(request.head() == null ? 0 : request.head());
      Lora lora = sum.method(base.model());
      SequenceClassifier combined = on(base, chosen, lora);
      sum.fill(combined, manager);
      fillHead(combined, request, adapters, manager);
      AdapterConfig config = chosen.config().with(lora);
      AdapterFile.write(aside, combined, config, base.files());
      SequenceClassifier read = on(base, chosen, lora);
      AdapterFile.load(aside, config, read, manager, ConvertRun.told(environment));
      Updates.Difference difference = Updates.compare(models, request.weights(), read, manager);
      if (sum.relativeError() == 0) {
        difference.requireRounding("combine");
      }
      return new Result(
          request.runs().stream().map(Path::toString).toList(),
          request.weights(),
          request.output().toString(),
          lora.rank(),
          sum.matrices(),
          config.task(),
          difference.largest(),
          request.rank() == null ? null : sum.relativeError());
    }
  }

  /** A model on {@code base} with the head of {@code chosen}, whose adapter has no values yet. */
  private static SequenceClassifier on(LoadedBase base, LoadedAdapter chosen, Lora lora) {
    SequenceClassifier own = chosen.model();
    SequenceClassifier model =
        SequenceClassifier.declare(own.architecture(), own.headSettings(), own.labels(), lora);
    model.shareBase(base.model());
    model.shareHead(own);
    return model;
  }

  private static void fillHead(
      SequenceClassifier combined,
      Request request,
      List<LoadedAdapter> adapters,
      NDManager manager) {
    for (Param param : combined.params().of(Role.HEAD)) {
      if (!combined.changes(param)) {
        continue; // the checkpoint's own
      }
      float[] values =
          request.head() == null
              ? average(param, request, adapters)
              : head(param, adapters.get(request.head()), request).clone();
      param.fill(values, manager);
    }
  }

  private static float[] average(Param param, Request request, List<LoadedAdapter> adapters) {
    double whole = request.weights().stream().mapToDouble(weight -> weight).sum();
    double[] sum = new double[Math.toIntExact(param.size())];
    for (int i = 0; i < adapters.size(); i++) {
      float[] values = head(param, adapters.get(i), request);
      double share = request.weights().get(i) / whole;
      Arrays.setAll(sum, j -> sum[j] + share * values[j]);
    }
    float[] average = new float[sum.length];
    for (int j = 0; j < sum.length; j++) {
      average[j] = (float) sum[j];
    }
    return average;
  }

  private static float[] head(Param param, LoadedAdapter adapter, Request request) {
    Param own = adapter.model().params().get(param.name());
    if (own == null || !own.shape().equals(param.shape())) {
      throw UserError.usage(
          "--head average: the head of "
              + adapter.directory()
              + " has another form than that of "
              + request.runs().get(0)
              + ". Give the number of the adapter whose head is kept");
    }
    return own.array().toFloatArray();
  }
}
