package io.github.tlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A pretrained checkpoint: config.json, weights, tokenizer.json. Nothing large is read before it is
 * asked for.
 */
public interface ModelFiles {
  /** The name of the encoder that comes with the tool. */
  String BUNDLED = "bundled";

  /** What to call it in results: the bundled encoder's name, or the directory as given. */
  String id();

  /** The parsed config.json. */
  JsonNode config();

  /** Opens the weights; the caller closes them. */
  WeightSource openWeights();

  /** The text of tokenizer.json. */
  String tokenizerJson();

  /** The head's form where the configuration leaves it open. */
  HeadSettings defaultHead();

  /** The architecture that config.json describes. */
  default Architecture architecture() {
    return Architecture.read(config(), id() + ": config.json");
  }

  /**
   * The checkpoint called {@code model}.
   *
   * @param model {@code bundled}, a directory in the Hugging Face layout, or a name under {@code
   *     home/models}
   * @param home the tool's own directory for models and data
   * @throws UserError exit 3 when it is nowhere; the message lists the places searched
   */
  static ModelFiles find(String model, Path home) {
    if (model.equals(BUNDLED)) {
      return new BundledModel();
    }
    Path cached = home.resolve("models").resolve(model);
    for (Path candidate : List.of(Path.of(model), cached)) {
      if (Files.isDirectory(candidate)) {
        return new Directory(candidate);
      }
    }
    throw UserError.file(
        "model: '"
            + model
            + "' is not a directory here, nor at "
            + cached
            + ". Give a directory with config.json, model.safetensors and tokenizer.json, or "
            + "leave --model out for the bundled encoder");
  }

  /** A directory in the Hugging Face layout. */
  record Directory(Path path) implements ModelFiles {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public String id() {
      return path.toString();
    }

    @Override
    public JsonNode config() {
      Path file = path.resolve("config.json");
      try {
        return JSON.readTree(text(file));
      } catch (IOException e) {
        throw new UserError(UserError.Kind.FILE, file + ": not JSON", e);
      }
    }

    @Override
    public WeightSource openWeights() {
      Path file = path.resolve("model.safetensors");
      if (!Files.isRegularFile(file)) {
        throw UserError.file(
            path + ": has no model.safetensors. Weights in other files are not read yet");
      }
      return new SafetensorsReader(file);
    }

    @Override
    public String tokenizerJson() {
      return text(path.resolve("tokenizer.json"));
    }

    /** The family's own head, or what {@code tlora merge} wrote beside a model without one. */
    @Override
    public HeadSettings defaultHead() {
      JsonNode own = config().path("tlora");
      boolean linear = own.path("head").asText("native").equals("linear");
      boolean mean = own.path("pooling").asText("first").equals("mean");
      return HeadSettings.defaults()
          .orElse(
              linear ? HeadSettings.Kind.LINEAR : HeadSettings.Kind.NATIVE,
              mean ? HeadSettings.Pooling.MEAN : HeadSettings.Pooling.FIRST);
    }

    private static String text(Path file) {
      try {
        return Files.readString(file, StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UserError(UserError.Kind.FILE, file + ": no such file, or it cannot be read", e);
      }
    }
  }
}
