package io.github.tlora.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One tokenizer file of a checkpoint; whatever is wrong with it is told with its name. */
record CheckpointFile(Path path) {
  /** The largest known, XLM-RoBERTa's tokenizer.json, has 17 MB. */
  private static final long MOST_BYTES = 512L << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  boolean exists() {
    return Files.isRegularFile(path);
  }

  byte[] bytes() {
    try {
      if (Files.size(path) > MOST_BYTES) {
        throw fault("is larger than " + (MOST_BYTES >> 20) + " MiB, so it is no tokenizer file");
      }
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw fault("no such file, or it cannot be read", e);
    }
  }

  String text() {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes())).toString();
    } catch (CharacterCodingException e) {
      throw fault("is not UTF-8 text. Copy the file anew from where the checkpoint came from", e);
    }
  }

  /** The lines, where the last has no end mark of its own. */
  List<String> lines() {
    return text().lines().toList();
  }

  /** The JSON object in the file. */
  ObjectNode object() {
    return object(text());
  }

  /** The JSON object in {@code text}, which the caller has read from the file. */
  ObjectNode object(String text) {
    try {
      JsonNode node = JSON.readTree(text);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw fault("must be a JSON object. Copy the file anew from where the checkpoint came from");
    } catch (JsonProcessingException e) {
      String where = e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
      throw fault(
          "not JSON" + where + ". Copy the file anew from where the checkpoint came from", e);
    }
  }

  UserError fault(String message) {
    return UserError.file(path + ": " + message);
  }

  UserError fault(String message, Throwable cause) {
    return new UserError(UserError.Kind.FILE, path + ": " + message, cause);
  }
}
