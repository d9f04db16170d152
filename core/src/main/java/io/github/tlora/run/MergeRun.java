package io.github.tlora.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.HuggingFaceCheckpoint;
import io.github.tlora.data.Rows;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Merges an adapter into its base and writes the whole model as a Hugging Face checkpoint, after it
 * has been loaded again and compared on the dev rows.
 */
public final class MergeRun {
  private MergeRun() {}

  /**
   * What merging came to.
   *
   * @param output the checkpoint's directory
   * @param rows dev rows on which logits were compared
   * @param largestDifference largest absolute difference of a merged and an unmerged logit
   * @param stock whether a stock transformers class computes the same logits
   */
  public record Result(
      String run,
      String output,
      String split,
      int rows,
      double largestDifference,
      double tolerance,
      boolean stock) {}

  /**
   * Merges the adapter in {@code run}.
   *
   * @param output the checkpoint's directory, which must not exist
   * @param data where the dev rows are, or null for those of the run
   * @param model where the base is found now, or null for where it was in training
   * @param tolerance largest difference of logits that is accepted
   * @throws UserError exit 1 when the difference is larger; nothing is left behind
   */
  public static Result merge(
      Path run, Path output, String data, String model, double tolerance, Environment environment) {
    RunDirectory.requireNew(output);
    try (LoadedAdapter adapter = LoadedAdapter.open(run, model, Dtype.F32, environment)) {
      Rows dev = adapter.rows(adapter.dataset(data, environment).split("dev").rows());
      float[][] unmerged = logits(adapter.model(), dev, adapter.manager());
      Path aside = aside(output);
      try {
        write(aside, adapter);
        double difference = largest(unmerged, reload(aside, adapter, dev));
        if (!(difference <= tolerance)) {
          throw UserError.failed(
              String.format(
                  Locale.ROOT,
                  "merge: merged and unmerged logits differ by %.3g on the dev rows, more than the"
                      + " tolerance %.3g. Nothing was written. Accept it with --tolerance",
                  difference,
                  tolerance));
        }
        Files.move(aside, output);
        return new Result(
            run.toString(),
            output.toString(),
            "dev",
            dev.size(),
            difference,
            tolerance,
            isStock(adapter.config()));
      } catch (IOException e) {
        throw new UserError(UserError.Kind.FILE, output + ": cannot be written", e);
      } finally {
        delete(aside);
      }
    }
  }

  private static Path aside(Path output) {
    Path absolute = output.toAbsolutePath();
    Path aside = absolute.resolveSibling("." + absolute.getFileName() + ".part");
    try {
      delete(aside); // of an earlier merge that was killed
      return Files.createDirectories(aside);
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, output + ": cannot be written", e);
    }
  }

  private static boolean isStock(AdapterConfig config) {
    return config.head().kind() == HeadSettings.Kind.NATIVE;
  }

  private static void write(Path directory, LoadedAdapter adapter) {
    AdapterConfig config = adapter.config();
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    for (Param param : adapter.model().params().of(Role.BASE, Role.HEAD)) {
      tensors.put(param.name(), param.array());
    }
    try (NDManager merged = adapter.manager().newSubManager()) {
      for (Projection projection : adapter.model().projections()) {
        if (projection.delta().isPresent()) {
          tensors.put(projection.weight().name(), projection.mergedWeight(merged));
        }
      }
      HuggingFaceCheckpoint.write(
          directory,
          tensors,
          HuggingFaceCheckpoint.config(adapter.files(), adapter.model(), config),
          adapter.files());
    }
    AtomicFile.write(directory.resolve("README.md"), readme(config));
  }

  private static String readme(AdapterConfig config) {
    String about =
        "# "
            + config.task()
            + ", "
            + config.method().methodName()
            + " merged into "
            + config.baseModel().id()
            + "\n\n"
            + (config.labels().isEmpty()
                ? "A regression: its one logit is the number."
                : "Labels: " + String.join(", ", config.labels()) + ".")
            + "\n\n";
    if (isStock(config)) {
      return about
          + "Load it with `AutoModelForSequenceClassification.from_pretrained(DIRECTORY)`.\n";
    }
    String pooled =
        config.head().pooling() == HeadSettings.Pooling.MEAN
            ? "(states * mask).sum(1) / mask.sum(1)"
            : "states[:, 0]";
    return about
        + """
        No stock class of transformers pools as this model does (see `tlora` in config.json), so
        load it with these lines:

        ```python
        import torch
        from safetensors.torch import load_file
        from transformers import AutoModel, AutoTokenizer

        def load(directory):
            tokenizer = AutoTokenizer.from_pretrained(directory)
            encoder = AutoModel.from_pretrained(directory).eval()
            head = load_file(f"{directory}/model.safetensors")
            weight, bias = head["classifier.weight"], head["classifier.bias"]

            def logits(*texts):
                batch = tokenizer(*texts, return_tensors="pt", padding=True, truncation=True, max_length=MAX_LENGTH)
                with torch.no_grad():
                    states = encoder(**batch).last_hidden_state
                mask = batch["attention_mask"].unsqueeze(-1).float()
                pooled = POOLED
                return pooled @ weight.T + bias

            return logits

        print(load(".")(["a warm, generous comedy"]).softmax(-1))
        ```
        """
            .replace("MAX_LENGTH", Integer.toString(config.maxLength()))
            .replace("POOLED", pooled);
  }

  /** The written checkpoint's logits, through the loading path of any checkpoint. */
  private static float[][] reload(Path directory, LoadedAdapter adapter, Rows dev) {
    ModelFiles files = new ModelFiles.Directory(directory);
    HeadSettings form = files.defaultHead();
    HeadSettings head =
        new HeadSettings(
            form.kind(), form.pooling(), HeadSettings.From.CHECKPOINT, null, false, null);
    SequenceClassifier merged =
        SequenceClassifier.declare(
            files.architecture(), head, adapter.model().labels().logits(), Slots.NONE);
    try (NDManager manager = adapter.manager().newSubManager();
        WeightSource weights = files.openWeights()) {
      merged.load(weights, manager);
      return logits(merged, dev, manager);
    }
  }

  private static float[][] logits(SequenceClassifier model, Rows rows, NDManager manager) {
    return Evaluator.logits(model, rows, LoadedAdapter.BATCH_SIZE, manager);
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

  private static void delete(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
