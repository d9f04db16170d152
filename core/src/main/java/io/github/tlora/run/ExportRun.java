package io.github.tlora.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.checkpoint.HuggingFaceCheckpoint;
import io.github.tlora.model.Architecture;
import io.github.tlora.model.BundledModel;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.AtomicFile;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.SafetensorsWriter;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes Hugging Face checkpoints: the bundled encoder's, or one of random weights. */
public final class ExportRun {
  /** Half of a byte-level vocabulary's characters stand for themselves, the others from here on. */
  private static final int FIRST_SUBSTITUTE = 256;

  private ExportRun() {}

  /** What was written. */
  public record Result(String model, String output, int tensors, String sha256) {}

  /**
   * Writes the bundled encoder, under the names it has on the hub, to {@code output}, which must
   * not exist.
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
      HuggingFaceCheckpoint.recordForm(config, files.defaultHead());
      HuggingFaceCheckpoint.write(output, tensors, config, files);
      return new Result(files.id(), output.toString(), tensors.size(), model.baseHash());
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, output + ": cannot be written", e);
    }
  }

  /**
   * Writes a checkpoint of the shape of {@code model} with random weights and a tokenizer of single
   * bytes: good for measuring time and memory, and for nothing else.
   *
   * @param model a well-known name, or a directory with a config.json
   * @param output must not exist
   * @throws UserError exit 2 when it exists, exit 3 when the shape is not known
   */
  public static Result random(String model, long seed, Path output, Environment places) {
    RunDirectory.requireNew(output);
    ModelFiles files = places.models().findShape(model);
    Architecture architecture = files.architecture();
    SequenceClassifier declared =
        SequenceClassifier.declare(architecture, files.defaultHead(), 2, Slots.NONE);
    try (NDManager manager = Torch.newManager("cpu")) {
      Map<String, NDArray> tensors = new LinkedHashMap<>();
      for (Param param : declared.params().of(Role.BASE)) {
        param.fill(values(param, architecture, new Seeds(seed)), manager);
        tensors.put(param.name(), param.array());
      }
      Files.createDirectories(output);
      SafetensorsWriter.write(output.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
      AtomicFile.write(output.resolve("config.json"), files.config().toPrettyString() + "\n");
      AtomicFile.write(output.resolve("tokenizer.json"), byteTokenizer(architecture));
      return new Result(files.id(), output.toString(), tensors.size(), null);
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, output + ": cannot be written", e);
    }
  }

  /** As transformers draws a new model: matrices normal, gains 1, biases 0. */
  private static float[] values(Param param, Architecture architecture, Seeds seeds) {
    int size = Math.toIntExact(param.size());
    boolean isGain = param.name().endsWith("LayerNorm.weight");
    Init init =
        isGain
            ? Init.ones()
            : param.shape().dimension() > 1
                ? Init.normal(architecture.initializerRange())
                : Init.zeros();
    return init.values(size, seeds.stream(param.name()));
  }

  /** A tokenizer.json whose tokens are single bytes after four special ones. */
  private static String byteTokenizer(Architecture architecture) {
    int pad = architecture.padTokenId();
    int first = pad == 0 ? 1 : 0;
    int last = Math.max(pad, first) + 1;
    ObjectNode vocabulary = new JsonMapper().createObjectNode();
    vocabulary.put("[CLS]", first).put("[PAD]", pad).put("[SEP]", last).put("[UNK]", last + 1);
    int substitutes = FIRST_SUBSTITUTE;
    for (int octet = 0; octet < 256; octet++) {
      boolean isPrintable =
          (octet > 32 && octet < 127) || (octet > 160 && octet < 256 && octet != 173);
      int character = isPrintable ? octet : substitutes++;
      vocabulary.put(Character.toString(character), last + 2 + octet);
    }
    return """
        {
          "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
          "normalizer": null,
          "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
          "post_processor": {
            "type": "TemplateProcessing",
            "single": [
              {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
              {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [
              {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
              {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
              {"Sequence": {"id": "B", "type_id": 1}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
            "special_tokens": {
              "[CLS]": {"id": "[CLS]", "ids": [%d], "tokens": ["[CLS]"]},
              "[SEP]": {"id": "[SEP]", "ids": [%d], "tokens": ["[SEP]"]}}},
          "decoder": null,
          "model": {"type": "BPE", "vocab": %s, "merges": [], "unk_token": "[UNK]"}
        }
        """
        .formatted(first, last, vocabulary);
  }
}
