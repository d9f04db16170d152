package io.github.tlora.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.Version;
import io.github.tlora.model.BaseWeights;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.AtomicFile;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.SafetensorsWriter;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a merged checkpoint says of the adapter in it and of the base that it was, so that it can be
 * unmerged: {@code tlora_merge.json}, and where the adapter alone does not tell what the base was,
 * {@code tlora_merge.safetensors}.
 *
 * @param adapter where the adapter was
 * @param adapterHash SHA-256 of its file of tensors
 * @param baseId what results call the base
 * @param baseHash SHA-256 of its weights
 * @param dtype how the merged weights are stored
 * @param baseConfig the base's config.json
 */
public record MergeRecord(
    String adapter,
    String adapterHash,
    String baseId,
    String baseHash,
    Dtype dtype,
    ObjectNode baseConfig) {
  /** The name of the file that says what was merged. */
  public static final String DESCRIPTION = "tlora_merge.json";

  private static final String TENSORS = "tlora_merge.safetensors";
  private static final String NORMS = ".norms";
  private static final int FORMAT_VERSION = 1;

  /** The record of merging {@code adapter}, of {@code config}, into {@code files}. */
  public static MergeRecord of(Path adapter, AdapterConfig config, ModelFiles files, Dtype dtype) {
    return new MergeRecord(
        adapter.toString(),
        AdapterFile.sha256(adapter, config),
        config.baseModel().id(),
        config.baseModel().sha256(),
        dtype,
        files.config().deepCopy());
  }

  /**
   * Writes the record into the merged checkpoint {@code directory}.
   *
   * @param model the adapter on its base
   * @param base the base's weights
   */
  public void write(Path directory, SequenceClassifier model, WeightSource base, NDManager owner) {
    ObjectNode json = new JsonMapper().createObjectNode();
    json.put("format_version", FORMAT_VERSION).put("tlora_version", Version.current());
    json.put("adapter", adapter).put("adapter_sha256", adapterHash);
    json.putObject("base_model").put("id", baseId).put("sha256", baseHash);
    json.put("dtype", Setting.word(dtype)).set("base_config", baseConfig);
    try (NDManager manager = owner.newSubManager()) {
      Map<String, NDArray> tensors = lost(model, base, manager);
      if (!tensors.isEmpty()) {
        SafetensorsWriter.write(directory.resolve(TENSORS), tensors, Map.of());
      }
    }
    AtomicFile.write(directory.resolve(DESCRIPTION), json.toPrettyString() + "\n");
  }

  /** What merging loses of the base: the lengths that DoRA divides by, values that are replaced. */
  private static Map<String, NDArray> lost(
      SequenceClassifier model, WeightSource base, NDManager manager) {
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    for (Projection projection : model.projections()) {
      if (projection.delta().isPresent()) {
        Param weight = projection.weight();
        try (Scope step = Scope.inference(manager)) {
          NDArray norms = projection.delta().get().norms(weight.array());
          if (norms != null) {
            tensors.put(weight.name() + NORMS, step.keep(norms, manager));
          }
        }
      }
    }
    for (Param param : model.params().of(Role.BASE)) {
      if (model.changes(param)) {
        String prefix = model.architecture().prefix();
        String name = BaseWeights.storedName(param.name(), prefix, base).orElseThrow();
        tensors.put(
            param.name(),
            Ops.weight(base.bytes(name), base.dtype(name), Dtype.F32, param.shape(), manager));
      }
    }
    return tensors;
  }

  /**
   * Reads the record in the merged checkpoint {@code directory}.
   *
   * @throws UserError exit 3 when there is none
   */
  public static MergeRecord read(Path directory) {
    Path file = directory.resolve(DESCRIPTION);
    try {
      JsonNode json = new JsonMapper().readTree(Files.readString(file, StandardCharsets.UTF_8));
      int version = json.path("format_version").asInt();
      if (version < 1 || version > FORMAT_VERSION || !json.path("base_config").isObject()) {
        throw UserError.file(file + ": is not a record that this version reads");
      }
      return new MergeRecord(
          json.path("adapter").asText(),
          json.path("adapter_sha256").asText(),
          json.at("/base_model/id").asText(),
          json.at("/base_model/sha256").asText(),
          Dtype.valueOf(json.path("dtype").asText("f32").toUpperCase(Locale.ROOT)),
          (ObjectNode) json.path("base_config"));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new UserError(UserError.Kind.FILE, file + ": is damaged. Merge again", e);
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE,
          file + ": no such file. Give a checkpoint that 'tlora merge' wrote",
          e);
    }
  }

  /**
   * Checks that the adapter in {@code directory} is the one that was merged.
   *
   * @throws UserError exit 3 when it is another one
   */
  public void requireAdapter(Path directory, AdapterConfig config) {
    String hash = AdapterFile.sha256(directory, config);
    if (!hash.equals(adapterHash)) {
      throw UserError.file(
          directory
              + ": is not the adapter that was merged: its tensors have SHA-256 "
              + hash.substring(0, 12)
              + ", those merged "
              + adapterHash.substring(0, Math.min(12, adapterHash.length()))
              + ". Give "
              + adapter
              + " with --adapter");
    }
  }

  /**
   * Gives the base weights of {@code model}, which has the merged weights of {@code directory} and
   * the adapter, the values that they had before merging, up to rounding.
   */
  public static void unmerge(Path directory, SequenceClassifier model, NDManager manager) {
    Path file = directory.resolve(TENSORS);
    if (!Files.exists(file)) {
      subtract(model, null, manager);
      return;
    }
    try (SafetensorsReader lost = new SafetensorsReader(file)) {
      subtract(model, lost, manager);
      for (Param param : model.params().of(Role.BASE)) {
        if (lost.names().contains(param.name())) {
          param.fill(lost.bytes(param.name()), lost.dtype(param.name()), manager);
        }
      }
    }
  }

  private static void subtract(
      SequenceClassifier model, SafetensorsReader lost, NDManager manager) {
    for (Projection projection : model.projections()) {
      if (projection.delta().isEmpty()) {
        continue;
      }
      Delta delta = projection.delta().get();
      Param weight = projection.weight();
      String norms = weight.name() + NORMS;
      try (Scope step = Scope.inference(manager)) {
        NDArray lengths =
            lost == null || !lost.names().contains(norms)
                ? null
                : Ops.weight(
                    lost.bytes(norms),
                    lost.dtype(norms),
                    Dtype.F32,
                    new Shape(lost.shape(norms)),
                    step.manager());
        weight.overwrite(delta.base(weight.array(), lengths));
      }
    }
  }
}
