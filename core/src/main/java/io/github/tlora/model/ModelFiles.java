package io.github.tlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.tensor.WeightSource;
import io.github.tlora.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A pretrained checkpoint: config.json, weights, tokenizer. Nothing large is read before it is
 * asked for. {@link ModelFinder} finds it by name.
 */
public interface ModelFiles {
  /** The name of the encoder that comes with the tool. */
  String BUNDLED = "bundled";

  /**
   * What to call it in results: the bundled encoder's name, its repository on the hub, or the
   * directory as given.
   */
  String id();

  /** The commit of the snapshot that this is, where it lies in the Hugging Face cache. */
  default Optional<String> revision() {
    return Optional.empty();
  }

  /** The license of the weights, by the hub's name for it, where the files tell. */
  default Optional<String> license() {
    return Optional.empty();
  }

  /** The parsed config.json. */
  JsonNode config();

  /** Opens the weights; the caller closes them. */
  WeightSource openWeights();

  /** The text of tokenizer.json. */
  String tokenizerJson();

  /** The head's form where the configuration leaves it open. */
  HeadSettings defaultHead();

  /** Whether weights and tokenizer are here too, not only the shape. */
  default boolean isComplete() {
    return true;
  }

  /** The architecture that config.json describes, less what the weights have not. */
  default Architecture architecture() {
    Architecture whole = Architecture.read(config(), id() + ": config.json");
    try (WeightSource weights = openWeights()) {
      return whole.fittedTo(name -> BaseWeights.has(name, whole.prefix(), weights));
    } catch (UserError unreadable) {
      return whole; // a shape is counted without weights; loading them says what is wrong
    }
  }

  /**
   * A directory in the Hugging Face layout.
   *
   * @param commit of the snapshot that it is; null outside of the Hugging Face cache
   */
  record Directory(Path path, String id, String commit) implements ModelFiles {
    private static final JsonMapper JSON = new JsonMapper();

    /** A directory that results call by its path. */
    public Directory(Path path) {
      this(path, path.toString(), null);
    }

    @Override
    public Optional<String> revision() {
      return Optional.ofNullable(commit);
    }

    @Override
    public Optional<String> license() {
      return CardLicense.in(path)
          .or(() -> Optional.ofNullable(config().path("license").textValue()));
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
      return WeightFiles.open(path);
    }

    @Override
    public String tokenizerJson() {
      return TokenizerFiles.json(path, config().path("model_type").asText());
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
