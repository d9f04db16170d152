package io.github.tlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The license that a model card names, in the YAML between its first two lines of dashes. */
final class CardLicense {
  private static final String DASHES = "---";
  private static final YAMLMapper YAML = new YAMLMapper();

  private CardLicense() {}

  /** The license in the card of {@code directory}, if there is a card and it names one. */
  static Optional<String> in(Path directory) {
    Path card = directory.resolve("README.md");
    try {
      String text = Files.isRegularFile(card) ? Files.readString(card) : "";
      int end = text.startsWith(DASHES) ? text.indexOf("\n" + DASHES, DASHES.length()) : -1;
      JsonNode license =
          end < 0 ? null : YAML.readTree(text.substring(DASHES.length(), end)).get("license");
      return license != null && license.isTextual()
          ? Optional.of(license.asText())
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // no text, or no YAML: a card is for people
    }
  }
}
