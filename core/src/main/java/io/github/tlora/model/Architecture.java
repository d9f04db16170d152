package io.github.tlora.model;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.tlora.UserError;
import io.github.tlora.nn.Wiring;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * One family of encoders with the sizes of one checkpoint, read from its config.json.
 *
 * <p>Adding a family is one file, with its {@code model_type} in {@link JsonTypeName} and a
 * constructor from {@link ConfigJson}, and that type in the list below.
 */
public sealed interface Architecture
    permits Bert, Roberta, XlmRoberta, Electra, Deberta, DebertaV2 {
  /** Name of the encoder in checkpoints: the first part of every weight's name. */
  String prefix();

  /** The transformers class that has this encoder and its native head. */
  String stockClass();

  /** Its sizes and constants; the getters below read them. */
  Traits traits();

  /** Declares the encoder's parameters and wires them. */
  Encoder encoder(Wiring wiring);

  /** Declares the family's own head. */
  Head nativeHead(Wiring wiring, int labels);

  /** Whether nothing but the native head reads the base weight called {@code name}. */
  default boolean isOnlyForNativeHead(String name) {
    return false;
  }

  /**
   * This architecture for a checkpoint of which only some tensors are there.
   *
   * @param stored whether the checkpoint has a tensor
   */
  default Architecture fittedTo(Predicate<String> stored) {
    return this;
  }

  /**
   * With how many keys and queries of relative positions a token is multiplied in each layer, in
   * rows of {@code tokens}; 0 for absolute positions. It decides how much memory training takes.
   */
  default long relativePositions(long tokens) {
    return 0;
  }

  /** D. */
  default int hiddenSize() {
    return traits().hiddenSize();
  }

  /** Number of token ids. */
  default int vocabSize() {
    return traits().vocabSize();
  }

  /** The id that fills up short rows. */
  default int padTokenId() {
    return traits().padTokenId();
  }

  /** The most tokens a row may have. */
  default int maxTokens() {
    return traits().maxTokens();
  }

  /** Number of segment ids; 1 or less where the model does not use them. */
  default int typeVocabSize() {
    return traits().typeVocabSize();
  }

  /** Dropout before the last layer of a head. */
  default double classifierDropout() {
    return traits().classifierDropout();
  }

  /** Standard deviation of a fresh head's weights. */
  default double initializerRange() {
    return traits().initializerRange();
  }

  /** The {@code model_type} of this family. */
  default String modelType() {
    return typeOf(getClass());
  }

  private static String typeOf(Class<?> family) {
    return family.getAnnotation(JsonTypeName.class).value();
  }

  /** Every family's {@code model_type}. */
  static List<String> modelTypes() {
    return Arrays.stream(Architecture.class.getPermittedSubclasses())
        .map(Architecture::typeOf)
        .toList();
  }

  /**
   * The architecture that a config.json describes.
   *
   * @param location where it was found, for messages
   * @throws UserError exit 3 for an unknown {@code model_type} or a bad key
   */
  static Architecture read(JsonNode config, String location) {
    ConfigJson json = new ConfigJson(config, location);
    String type = json.text("model_type");
    for (Class<?> family : Architecture.class.getPermittedSubclasses()) {
      if (typeOf(family).equals(type)) {
        return construct(family, json);
      }
    }
    throw UserError.file(
        location
            + ": model_type "
            + json.shown("model_type")
            + " is not an encoder that tlora knows. Known: "
            + String.join(", ", modelTypes()));
  }

  private static Architecture construct(Class<?> family, ConfigJson json) {
    try {
      return (Architecture) family.getConstructor(ConfigJson.class).newInstance(json);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof UserError error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
