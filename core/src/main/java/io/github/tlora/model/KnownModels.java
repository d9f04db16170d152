package io.github.tlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.Suggestion;
import io.github.tlora.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/** Shapes of well-known checkpoints, so that parameters can be counted without a download. */
public final class KnownModels {
  private static final List<Known> MODELS =
      List.of(
          new Known("sentence-transformers", "all-MiniLM-L6-v2"),
          new Known("google-bert", "bert-base-cased"),
          new Known("google-bert", "bert-base-uncased"),
          new Known("google-bert", "bert-large-cased"),
          new Known("google-bert", "bert-large-uncased"),
          new Known("microsoft", "deberta-base"),
          new Known("microsoft", "deberta-large"),
          new Known("microsoft", "deberta-xlarge"),
          new Known("microsoft", "deberta-v2-xlarge"),
          new Known("microsoft", "deberta-v2-xxlarge"),
          new Known("microsoft", "deberta-v3-xsmall"),
          new Known("microsoft", "deberta-v3-small"),
          new Known("microsoft", "deberta-v3-base"),
          new Known("microsoft", "deberta-v3-large"),
          new Known("distilbert", "distilroberta-base"),
          new Known("microsoft", "mdeberta-v3-base"),
          new Known("google", "electra-small-discriminator"),
          new Known("google", "electra-base-discriminator"),
          new Known("google", "electra-large-discriminator"),
          new Known("FacebookAI", "roberta-base"),
          new Known("FacebookAI", "roberta-large"),
          new Known("FacebookAI", "roberta-large-mnli"),
          new Known("FacebookAI", "xlm-roberta-base"),
          new Known("FacebookAI", "xlm-roberta-large"));

  private KnownModels() {}

  /**
   * A well-known checkpoint.
   *
   * @param organisation whose it is on the hub
   * @param name without its organisation
   */
  record Known(String organisation, String name) {
    /** {@code organisation/name}. */
    String id() {
      return organisation + "/" + name;
    }

    /** Its config.json. */
    JsonNode config() {
      try (InputStream stream = KnownModels.class.getResourceAsStream("known/" + name + ".json")) {
        return new JsonMapper().readTree(stream);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The names, without their organisations. */
  public static List<String> names() {
    return MODELS.stream().map(Known::name).toList();
  }

  /** The checkpoint called {@code name} on the hub, with or without its organisation. */
  static Optional<Known> find(String name) {
    return MODELS.stream().filter(known -> known.name().equals(bare(name))).findFirst();
  }

  /** What the well-known checkpoint called {@code name}, without organisation, is on the hub. */
  public static Optional<String> id(String name) {
    return MODELS.stream().filter(known -> known.name().equals(name)).map(Known::id).findFirst();
  }

  private static String bare(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /** {@code (did you mean '...'?)} where a known name is near, else nothing. */
  static String suggestion(String name) {
    if (find(name).isPresent()) {
      return "";
    }
    return Suggestion.of(bare(name), names()).map(s -> " (did you mean '" + s + "'?)").orElse("");
  }

  /**
   * The architecture of the checkpoint called {@code name} on the hub, with or without its
   * organisation.
   *
   * @throws UserError exit 2 with the known names
   */
  public static Architecture architecture(String name) {
    Known known = find(name).orElseThrow(() -> unknown(name));
    return Architecture.read(known.config(), known.name());
  }

  /** Refuses a name whose shape is not known. */
  public static UserError unknown(String name) {
    return UserError.usage(
        "model: the shape of '"
            + name
            + "' is not known"
            + suggestion(name)
            + ". Give a directory with a config.json, or one of: bundled, "
            + String.join(", ", names()));
  }
}
