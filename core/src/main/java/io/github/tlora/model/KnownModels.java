package io.github.tlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.Suggestion;
import io.github.tlora.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** Shapes of well-known checkpoints, so that parameters can be counted without a download. */
public final class KnownModels {
  private static final List<String> NAMES =
      List.of(
          "all-MiniLM-L6-v2",
          "bert-base-cased",
          "bert-base-uncased",
          "bert-large-cased",
          "bert-large-uncased",
          "deberta-base",
          "deberta-large",
          "deberta-xlarge",
          "deberta-v2-xlarge",
          "deberta-v2-xxlarge",
          "deberta-v3-xsmall",
          "deberta-v3-small",
          "deberta-v3-base",
          "deberta-v3-large",
          "distilroberta-base",
          "mdeberta-v3-base",
          "roberta-base",
          "roberta-large",
          "roberta-large-mnli");

  private KnownModels() {}

  /** The names, without their organisations. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * The architecture of the checkpoint called {@code name} on the hub, with or without its
   * organisation.
   *
   * @throws UserError exit 2 with the known names
   */
  public static Architecture architecture(String name) {
    String bare = name.substring(name.lastIndexOf('/') + 1);
    if (!NAMES.contains(bare)) {
      throw UserError.usage(
          "model: the shape of '"
              + name
              + "' is not known"
              + Suggestion.of(bare, NAMES).map(s -> " (did you mean '" + s + "'?)").orElse("")
              + ". Give a directory with a config.json, or one of: bundled, "
              + String.join(", ", NAMES));
    }
    try (InputStream stream = KnownModels.class.getResourceAsStream("known/" + bare + ".json")) {
      JsonNode config = new JsonMapper().readTree(stream);
      return Architecture.read(config, bare);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
