package io.github.tlora.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.Method;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.AtomicFile;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.SafetensorsWriter;
import io.github.tlora.tensor.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An adapter's directory: {@code adapter_config.json} and {@code adapter_model.safetensors}, as
 * docs/formats/adapter.md describes them. LoRA stands in PEFT's layout.
 */
public final class AdapterFile {
  public static final String CONFIG = "adapter_config.json";
  public static final String WEIGHTS = "adapter_model.safetensors";

  private static final int FORMAT_VERSION = 1;
  private static final JsonMapper JSON = new JsonMapper();

  private AdapterFile() {}

  /**
   * Writes the adapter and head of {@code model} to {@code directory}, which is made if need be.
   */
  public static void write(Path directory, SequenceClassifier model, AdapterConfig config) {
    boolean peft = config.method() instanceof Lora;
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    for (Param param : model.params().all()) {
      if (model.changes(param) || isStoredFixed(param, config.method())) {
        tensors.put(peft ? PeftLayout.stored(param.name()) : param.name(), param.array());
      }
    }
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, directory + ": cannot be made", e);
    }
    ObjectNode own =
        AdapterJson.write(config, fixedHashes(model), model.headHash(), FORMAT_VERSION);
    ObjectNode json = own;
    if (config.method() instanceof Lora lora) {
      json = PeftLayout.config(lora, config, model);
      json.set("tlora", own);
    }
    SafetensorsWriter.write(directory.resolve(WEIGHTS), tensors, Map.of("format", "pt"));
    AtomicFile.write(directory.resolve(CONFIG), json.toPrettyString() + "\n");
  }

  private static boolean isStoredFixed(Param param, Method method) {
    return param.role() == Role.FIXED && method.storesFixed();
  }

  private static Map<String, String> fixedHashes(SequenceClassifier model) {
    Map<String, String> hashes = new LinkedHashMap<>();
    for (Param param : model.params().of(Role.FIXED)) {
      hashes.put(param.name(), Sha256.of(param.array().toByteBuffer()));
    }
    return hashes;
  }

  /**
   * Reads what the adapter in {@code directory} says of itself.
   *
   * @throws UserError exit 3 when it is not an adapter of this tool
   */
  public static AdapterConfig readConfig(Path directory) {
    return AdapterJson.read(own(directory), directory.resolve(CONFIG), FORMAT_VERSION);
  }

  private static JsonNode own(Path directory) {
    Path file = directory.resolve(CONFIG);
    try {
      JsonNode json = JSON.readTree(Files.readString(file, StandardCharsets.UTF_8));
      return json.has("tlora") ? json.get("tlora") : json;
    } catch (JsonProcessingException e) {
      throw new UserError(UserError.Kind.FILE, file + ": not JSON", e);
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE, file + ": no such file. Give a run directory or an adapter's", e);
    }
  }

  /**
   * Fills the adapter and head of {@code model}, whose base is loaded, from {@code directory}.
   *
   * @throws UserError exit 3 when the adapter belongs to another model or is damaged
   */
  public static void load(
      Path directory, AdapterConfig config, SequenceClassifier model, NDManager manager) {
    requireBase(directory, config, model);
    requireHead(directory, config, model);
    fill(directory.resolve(WEIGHTS), config.method() instanceof Lora, model, manager);
    model.params().draw(manager, new Seeds(config.seed()), Role.FIXED);
    checkFixed(directory, config, model);
  }

  /**
   * Fills the adapter and head of {@code model} from a file of tensors.
   *
   * @param peft whether the tensors have PEFT's names
   * @throws UserError exit 3 with every tensor that is missing, misshapen or belongs to nothing
   */
  public static void fill(Path file, boolean peft, SequenceClassifier model, NDManager manager) {
    try (SafetensorsReader reader = new SafetensorsReader(file)) {
      Set<String> unread = new LinkedHashSet<>(reader.names());
      List<String> problems = new ArrayList<>();
      Map<Param, String> found = new LinkedHashMap<>();
      for (Param param : model.params().all()) {
        String name = peft ? PeftLayout.stored(param.name()) : param.name();
        if (unread.remove(name)) {
          found.put(param, name);
          param.misfit(name, reader.shape(name)).ifPresent(problems::add);
        } else if (model.changes(param)) {
          problems.add(name + " is missing");
        }
      }
      unread.forEach(name -> problems.add(name + " belongs to nothing in this model"));
      if (!problems.isEmpty()) {
        throw UserError.file(
            file + ": is not an adapter for this model: " + UserError.several(problems, 5));
      }
      found.forEach((param, name) -> param.fill(reader.bytes(name), reader.dtype(name), manager));
    }
  }

  private static void requireBase(Path directory, AdapterConfig config, SequenceClassifier model) {
    String wanted = config.baseModel().sha256();
    if (!wanted.equals(model.baseHash())) {
      throw UserError.file(
          directory
              + ": the adapter belongs to another model: it was trained on "
              + config.baseModel().id()
              + " with weights "
              + shorten(wanted)
              + ", these weights are "
              + shorten(model.baseHash())
              + ". Give its own model with --model");
    }
  }

  private static void requireHead(Path directory, AdapterConfig config, SequenceClassifier model) {
    String wanted = own(directory).at("/head/sha256").asText();
    if (config.head().staysInCheckpoint() && !wanted.equals(model.headHash())) {
      throw UserError.file(
          directory
              + ": the adapter uses the head of "
              + config.baseModel().id()
              + " with weights "
              + shorten(wanted)
              + "; the head here is "
              + shorten(model.headHash())
              + ": its weights or the names of its labels differ. Give its own model with --model");
    }
  }

  /** The generator must give the very bits that the adapter was trained with. */
  private static void checkFixed(Path directory, AdapterConfig config, SequenceClassifier model) {
    JsonNode fixed = own(directory).path("fixed");
    if (model.params().of(Role.FIXED).isEmpty()) {
      return;
    }
    String generator = fixed.path("generator").asText();
    if (!config.method().storesFixed() && !generator.equals(Seeds.GENERATOR)) {
      throw UserError.file(
          directory.resolve(CONFIG)
              + ": its fixed matrices come from the generator '"
              + generator
              + "', this version has "
              + Seeds.GENERATOR);
    }
    for (Param param : model.params().of(Role.FIXED)) {
      String wanted = fixed.path("sha256").path(param.name()).asText("none");
      String drawn = Sha256.of(param.array().toByteBuffer());
      if (!wanted.equals(drawn)) {
        throw UserError.file(
            directory.resolve(CONFIG)
                + ": "
                + param.name()
                + " does not come out as it was in training: "
                + "SHA-256 "
                + shorten(drawn)
                + ", not "
                + shorten(wanted)
                + ". The file was changed, or its seed");
      }
    }
  }

  private static String shorten(String hash) {
    return hash.length() > 12 ? hash.substring(0, 12) : hash;
  }
}
