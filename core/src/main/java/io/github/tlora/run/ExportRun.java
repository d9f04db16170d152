package io.github.tlora.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.checkpoint.HuggingFaceCheckpoint;
import io.github.tlora.model.BundledModel;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes the bundled encoder as a Hugging Face checkpoint, under the names it has on the hub. */
public final class ExportRun {
  private ExportRun() {}

  /** What was written. */
  public record Result(String model, String output, int tensors, String sha256) {}

  /**
   * Writes the bundled encoder to {@code output}, which must not exist.
   *
   * @throws UserError exit 2 when it exists
   */
  public static Result export(Path output) {
    RunDirectory.requireNew(output);
    BundledModel files = new BundledModel();
    SequenceClassifier model =
        SequenceClassifier.declare(files.architecture(), files.defaultHead(), 2, Slots.NONE);
    try (NDManager manager = Torch.newManager("cpu");
        WeightSource weights = files.openWeights()) {
      model.load(weights, manager);
      Map<String, NDArray> tensors = new LinkedHashMap<>();
      for (Param param : model.params().of(Role.BASE)) {
        tensors.put(param.name().substring("bert.".length()), param.array());
      }
      Files.createDirectories(output);
      ObjectNode config = files.config().deepCopy();
      HuggingFaceCheckpoint.write(output, tensors, config, files);
      return new Result(files.id(), output.toString(), tensors.size(), model.baseHash());
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, output + ": cannot be written", e);
    }
  }
}
