package io.github.tlora.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.Version;
import io.github.tlora.adapter.Method;
import io.github.tlora.checkpoint.AdapterConfig.BaseModel;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Seeds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The tool's own part of adapter_config.json. */
final class AdapterJson {
  /** A method's record is its file format: components in snake_case, told apart by "method". */
  private static final JsonMapper METHODS =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS) // full has no settings
          .build();

  static {
    METHODS.registerSubtypes(Method.class.getPermittedSubclasses());
  }

  private AdapterJson() {}

  static ObjectNode write(
      AdapterConfig config, Map<String, String> fixed, String headHash, int formatVersion) {
    ObjectNode json = new JsonMapper().createObjectNode();
    json.put("format_version", formatVersion);
    json.put("tlora_version", Version.current());
    json.setAll((ObjectNode) METHODS.valueToTree(config.method()));
    if (!fixed.isEmpty()) {
      ObjectNode node = json.putObject("fixed");
      node.put("generator", Seeds.GENERATOR);
      node.put("seed", config.seed());
      ObjectNode hashes = node.putObject("sha256");
      fixed.forEach(hashes::put);
    }
    ObjectNode base = json.putObject("base_model");
    base.put("model", config.baseModel().model());
    base.put("id", config.baseModel().id());
    if (config.baseModel().revision() != null) {
      base.put("revision", config.baseModel().revision());
    }
    base.put("model_type", config.baseModel().modelType());
    base.put("dtype", Setting.word(config.baseModel().dtype()));
    base.put("sha256", config.baseModel().sha256());
    json.put("task", config.task());
    config.labels().forEach(json.putArray("labels")::add);
    if (config.definition() != null) {
      TaskJson.write(config.definition(), json);
    }
    json.put("max_length", config.maxLength());
    ObjectNode head = json.putObject("head");
    head.put("kind", Setting.word(config.head().kind()));
    head.put("pooling", Setting.word(config.head().pooling()));
    if (config.head().from() == HeadSettings.From.CHECKPOINT) {
      head.put("from", Setting.word(config.head().from()));
      head.put("labels", Setting.word(config.head().labels()));
      head.put("train", config.head().train());
      head.put("sha256", headHash);
    }
    return json;
  }

  static AdapterConfig read(JsonNode json, Path file, int formatVersion) {
    int version = json.path("format_version").asInt(0);
    if (version < 1 || version > formatVersion) {
      throw UserError.file(
          file
              + ": format_version "
              + json.path("format_version")
              + " is not one that this version reads: 1 to "
              + formatVersion);
    }
    try {
      return new AdapterConfig(
          readMethod(json, file),
          new BaseModel(
              text(json, "/base_model/model", file),
              text(json, "/base_model/id", file),
              json.at("/base_model/revision").asText(null),
              text(json, "/base_model/model_type", file),
              json.at("/base_model").has("dtype")
                  ? choice(Dtype.class, json, "/base_model/dtype", file)
                  : Dtype.F32, // files of version 0.1
              text(json, "/base_model/sha256", file)),
          text(json, "/task", file),
          texts(json.path("labels")),
          head(json, file),
          json.path("max_length").asInt(128),
          json.path("fixed").path("seed").asLong(),
          TaskJson.read(text(json, "/task", file), texts(json.path("labels")), json, file));
    } catch (IllegalArgumentException e) {
      throw new UserError(UserError.Kind.FILE, file + ": " + e.getMessage(), e);
    }
  }

  /** A head of the checkpoint's own says so; files of version 0.1 hold every head. */
  private static HeadSettings head(JsonNode json, Path file) {
    boolean isOwn = json.at("/head/from").asText().equals("checkpoint");
    return new HeadSettings(
        choice(HeadSettings.Kind.class, json, "/head/kind", file),
        choice(HeadSettings.Pooling.class, json, "/head/pooling", file),
        isOwn ? HeadSettings.From.CHECKPOINT : HeadSettings.From.FRESH,
        isOwn ? choice(HeadSettings.Labels.class, json, "/head/labels", file) : null,
        json.at("/head/train").asBoolean(true),
        null);
  }

  private static Method readMethod(JsonNode json, Path file) {
    try {
      return METHODS.treeToValue(json, Method.class);
    } catch (InvalidTypeIdException e) {
      throw new UserError(
          UserError.Kind.FILE,
          file
              + ": method '"
              + json.path("method").asText()
              + "' is not known. Known methods: "
              + String.join(", ", Method.names()),
          e);
    } catch (JsonProcessingException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      throw new UserError(UserError.Kind.FILE, file + ": " + why.getMessage(), e);
    }
  }

  private static <E extends Enum<E>> E choice(
      Class<E> type, JsonNode json, String pointer, Path file) {
    String given = text(json, pointer, file);
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> Setting.word(constant).equals(given))
        .findFirst()
        .orElseThrow(
            () ->
                UserError.file(
                    file
                        + ": "
                        + pointer.substring(1).replace('/', '.')
                        + " '"
                        + given
                        + "' is not known. Known: "
                        + Arrays.stream(type.getEnumConstants())
                            .map(Setting::word)
                            .collect(Collectors.joining(", "))));
  }

  private static String text(JsonNode json, String pointer, Path file) {
    JsonNode value = json.at(pointer);
    if (!value.isTextual()) {
      throw UserError.file(file + ": has no " + pointer.substring(1).replace('/', '.'));
    }
    return value.asText();
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.asText()));
    return texts;
  }
}
