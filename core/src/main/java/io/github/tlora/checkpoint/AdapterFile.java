package io.github.tlora.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.checkpoint.AdapterConfig.BaseModel;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelFiles;
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
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * An adapter's directory: {@code adapter_config.json} and {@code adapter_model.safetensors}, or
 * what else its {@link Layout} has, as docs/formats/adapter.md describes them.
 */
public final class AdapterFile {
  public static final String CONFIG = "adapter_config.json";
  public static final String WEIGHTS = "adapter_model.safetensors";

  private static final int FORMAT_VERSION = 1;
  private static final Map<String, String> METADATA = Map.of("format", "pt");
  private static final JsonMapper JSON = new JsonMapper();

  private AdapterFile() {}

  /** Whether {@code directory} is an adapter's. */
  public static boolean isIn(Path directory) {
    return Files.isRegularFile(configFile(directory));
  }

  /** The file that says what the adapter in {@code directory} is; it may be missing. */
  public static Path configFile(Path directory) {
    Path ofCheckpoint = directory.resolve(CheckpointLayout.DESCRIPTION);
    return Files.isRegularFile(ofCheckpoint) ? ofCheckpoint : directory.resolve(CONFIG);
  }

  /**
   * Writes the adapter and head of {@code model} to {@code directory}, which is made if need be.
   *
   * @param files the checkpoint that {@code model} was loaded from
   */
  public static void write(
      Path directory, SequenceClassifier model, AdapterConfig config, ModelFiles files) {
    Layout layout = Layout.of(config.method());
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    stored(model, config.method()).forEach((name, param) -> tensors.put(name, param.array()));
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, directory + ": cannot be made", e);
    }
    ObjectNode own =
        AdapterJson.write(config, fixedHashes(model), model.headHash(), FORMAT_VERSION);
    layout.writeRest(directory, model, config, files);
    SafetensorsWriter.write(directory.resolve(layout.weights()), tensors, METADATA);
    ObjectNode json = layout.config(own, config, model);
    AtomicFile.write(directory.resolve(layout.description()), json.toPrettyString() + "\n");
  }

  /**
   * How many bytes the file of tensors has that {@link #write} writes, from names and shapes alone.
   *
   * @param model built for {@code method}; it needs no values
   */
  public static long bytes(SequenceClassifier model, Method method) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    stored(model, method).forEach((name, param) -> shapes.put(name, param.shape()));
    return SafetensorsWriter.size(shapes, METADATA);
  }

  /** What goes into the file of tensors, by the names there. */
  private static Map<String, Param> stored(SequenceClassifier model, Method method) {
    Layout layout = Layout.of(method);
    Map<String, Param> stored = new LinkedHashMap<>();
    for (Param param : model.params().all()) {
      if (layout.holds(param, model, method)) {
        stored.put(layout.stored(param, model), param);
      }
    }
    return stored;
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
    return AdapterJson.read(own(directory), configFile(directory), FORMAT_VERSION);
  }

  /** Whether PEFT loads what {@link #write} writes for {@code method}. */
  public static boolean isPeft(Method method) {
    return PeftSettings.of(method).isPresent();
  }

  /** SHA-256 of the file of tensors of the adapter in {@code directory}. */
  public static String sha256(Path directory, AdapterConfig config) {
    Path file = directory.resolve(Layout.of(config.method()).weights());
    try {
      return Sha256.of(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, file + ": cannot be read", e);
    }
  }

  private static JsonNode own(Path directory) {
    Path file = configFile(directory);
    try {
      JsonNode json = JSON.readTree(Files.readString(file, StandardCharsets.UTF_8));
      if (json.has("peft_type") && !json.has(PeftLayout.OWN)) {
        throw foreign(directory);
      }
      return json.has(PeftLayout.OWN) ? json.get(PeftLayout.OWN) : json;
    } catch (JsonProcessingException e) {
      throw new UserError(UserError.Kind.FILE, file + ": not JSON", e);
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE, file + ": no such file. Give a run directory or an adapter's", e);
    }
  }

  private static UserError foreign(Path directory) {
    return UserError.file(
        directory
            + ": is an adapter that PEFT wrote, which says neither its task nor its labels. Bring it"
            + " in with 'tlora convert --from "
            + directory
            + " --task TASK -o DIR', and use DIR");
  }

  /**
   * As {@link #load(Path, AdapterConfig, SequenceClassifier, NDManager, Consumer)}, and refuses
   * another base.
   */
  public static void load(
      Path directory, AdapterConfig config, SequenceClassifier model, NDManager manager) {
    load(directory, config, model, manager, null);
  }

  /**
   * Fills the adapter and head of {@code model}, whose base is loaded, from {@code directory}.
   *
   * @param otherBase hears in a line that the adapter belongs to another base, which is then taken
   *     all the same; null refuses it
   * @throws UserError exit 3 when the adapter belongs to another model or is damaged
   */
  public static void load(
      Path directory,
      AdapterConfig config,
      SequenceClassifier model,
      NDManager manager,
      Consumer<String> otherBase) {
    Consumer<String> hear = otherBase == null ? AdapterFile::refuse : otherBase;
    String go =
        otherBase == null
            ? ". Give its own model with --model, or load it all the same with --force"
            : ". It is loaded all the same (--force)";
    otherBase(directory, config, model).ifPresent(line -> hear.accept(line + go));
    otherHead(directory, config, model).ifPresent(line -> hear.accept(line + go));
    Layout layout = Layout.of(config.method());
    fill(directory.resolve(layout.weights()), layout, model, manager);
    model.params().draw(manager, new Seeds(config.seed()), Role.FIXED);
    checkFixed(directory, config, model);
  }

  private static void refuse(String line) {
    throw UserError.file(line);
  }

  /**
   * Fills the adapter and head of {@code model} from a file of tensors.
   *
   * @param method the method, in whose layout the tensors' names are
   * @throws UserError exit 3 with every tensor that is missing, misshapen or belongs to nothing
   */
  public static void fill(Path file, Method method, SequenceClassifier model, NDManager manager) {
    fill(file, Layout.of(method), model, manager);
  }

  /**
   * Gives a new training of the same method on the same base what the adapter in {@code directory}
   * has learnt: its own tensors, those of the base that it changed, and its head where the new one
   * is of the same size and is not the checkpoint's own. Frozen matrices are those that it was
   * trained with.
   *
   * @param config what the adapter says of itself
   * @throws UserError exit 3 when the adapter belongs to another base or is damaged
   */
  public static void start(
      Path directory, AdapterConfig config, SequenceClassifier model, NDManager manager) {
    otherBase(directory, config, model)
        .ifPresent(line -> refuse(line + ". Start from an adapter of this base, or anew"));
    Layout layout = Layout.of(config.method());
    try (SafetensorsReader reader = new SafetensorsReader(directory.resolve(layout.weights()))) {
      fill(reader, layout, model, manager, takesHead(reader, layout, model));
    }
    model.params().draw(manager, new Seeds(config.seed()), Role.FIXED);
    checkFixed(directory, config, model);
  }

  /** Whether {@link #start} gives {@code model}, which needs no values, the adapter's head too. */
  public static boolean hasHeadFor(SequenceClassifier model, Path directory, AdapterConfig config) {
    Layout layout = Layout.of(config.method());
    try (SafetensorsReader reader = new SafetensorsReader(directory.resolve(layout.weights()))) {
      return takesHead(reader, layout, model);
    }
  }

  private static boolean takesHead(
      SafetensorsReader reader, Layout layout, SequenceClassifier model) {
    return model.headSettings().from() == HeadSettings.From.FRESH
        && model.params().of(Role.HEAD).stream()
            .allMatch(param -> fits(param, layout.stored(param, model), reader));
  }

  private static boolean fits(Param param, String name, SafetensorsReader reader) {
    return reader.names().contains(name) && param.misfit(name, reader.shape(name)).isEmpty();
  }

  private static void fill(Path file, Layout layout, SequenceClassifier model, NDManager manager) {
    try (SafetensorsReader reader = new SafetensorsReader(file)) {
      fill(reader, layout, model, manager, true);
    }
  }

  /**
   * @param takesHead false leaves the model's head without values, whatever head the file has
   */
  private static void fill(
      SafetensorsReader reader,
      Layout layout,
      SequenceClassifier model,
      NDManager manager,
      boolean takesHead) {
    Set<String> unread = new LinkedHashSet<>(reader.names());
    List<String> problems = new ArrayList<>();
    Map<Param, String> found = new LinkedHashMap<>();
    for (Param param : model.params().all()) {
      String name = layout.stored(param, model);
      if (param.role() == Role.HEAD && !takesHead) {
        continue;
      }
      if (unread.remove(name)) {
        found.put(param, name);
        param.misfit(name, reader.shape(name)).ifPresent(problems::add);
        if (param.role() == Role.BASE && !model.changes(param)) {
          model.replace(param);
        }
      } else if (model.changes(param)) {
        problems.add(name + " is missing");
      }
    }
    if (takesHead) {
      unread.forEach(name -> problems.add(name + " belongs to nothing in this model"));
    }
    if (!problems.isEmpty()) {
      throw UserError.file(
          reader.location()
              + ": is not an adapter for this model: "
              + UserError.several(problems, 5));
    }
    found.forEach((param, name) -> param.fill(reader.bytes(name), reader.dtype(name), manager));
  }

  private static Optional<String> otherBase(
      Path directory, AdapterConfig config, SequenceClassifier model) {
    BaseModel base = config.baseModel();
    return base.sha256().equals(model.baseHash())
        ? Optional.empty()
        : Optional.of(
            directory
                + ": the adapter belongs to another model: it was trained on "
                + base.id()
                + (base.revision() == null ? "" : "@" + shorten(base.revision()))
                + " with weights "
                + shorten(base.sha256())
                + ", these weights are "
                + shorten(model.baseHash()));
  }

  private static Optional<String> otherHead(
      Path directory, AdapterConfig config, SequenceClassifier model) {
    String wanted = own(directory).at("/head/sha256").asText();
    return !config.head().staysInCheckpoint() || wanted.equals(model.headHash())
        ? Optional.empty()
        : Optional.of(
            directory
                + ": the adapter uses the head of "
                + config.baseModel().id()
                + " with weights "
                + shorten(wanted)
                + "; the head here is "
                + shorten(model.headHash())
                + ": its weights or the names of its labels differ");
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
          configFile(directory)
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
            configFile(directory)
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
