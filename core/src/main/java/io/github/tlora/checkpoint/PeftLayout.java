package io.github.tlora.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.Vera;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Site;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The names and keys of Hugging Face PEFT's LoRA files (peft docs, "checkpoint format"). */
public final class PeftLayout {
  private static final String PREFIX = "base_model.";

  private PeftLayout() {}

  /** The name of a tensor in PEFT's file; VeRA's shared matrices belong to no part of the model. */
  public static String stored(String name) {
    boolean isShared = name.equals(Vera.A) || name.equals(Vera.B);
    return PREFIX + (isShared ? "" : "model.") + name;
  }

  /** The adapter_config.json that PEFT reads. */
  static ObjectNode config(Lora lora, AdapterConfig config, SequenceClassifier model) {
    ObjectNode json = new JsonMapper().createObjectNode();
    json.put("peft_type", "LORA");
    json.put("task_type", "SEQ_CLS");
    json.put("base_model_name_or_path", config.baseModel().id());
    json.put("r", lora.rank());
    if (lora.alpha() == Math.rint(lora.alpha())) {
      json.put("lora_alpha", lora.alpha().longValue());
    } else {
      json.put("lora_alpha", lora.alpha());
    }
    json.put("lora_dropout", lora.dropout());
    json.put("bias", "none");
    json.put("fan_in_fan_out", false);
    json.put("inference_mode", true);
    json.put("init_lora_weights", true);
    ArrayNode targets = json.putArray("target_modules");
    adapted(model).forEach(targets::add);
    if (config.head().staysInCheckpoint()) {
      return json; // the base's own head, which PEFT finds there too
    }
    ArrayNode heads = json.putArray("modules_to_save");
    String encoder = model.architecture().prefix() + "."; // a new pooler stands inside it
    model.params().of(Role.HEAD).stream()
        .map(param -> param.name().replace(encoder, "").replaceFirst("\\..*", ""))
        .distinct()
        .forEach(heads::add);
    return json;
  }

  /** Path suffixes that mean the adapted layers and no others, as short as PEFT's own. */
  private static Set<String> adapted(SequenceClassifier model) {
    Set<String> suffixes = new TreeSet<>();
    for (Projection projection : model.projections()) {
      if (projection.delta().isPresent()) {
        suffixes.add(suffix(projection.site(), model));
      }
    }
    return suffixes;
  }

  private static String suffix(Site site, SequenceClassifier model) {
    String inLayer = site.pathInLayer();
    String shortest = inLayer.substring(inLayer.lastIndexOf('.') + 1);
    boolean meansOthers =
        model.projections().stream()
            .anyMatch(p -> p.delta().isEmpty() && p.site().path().endsWith("." + shortest));
    // "output.dense" also ends "attention.output.dense": then only the whole path is safe.
    boolean inLayerMeansOthers =
        model.projections().stream()
            .anyMatch(p -> p.delta().isEmpty() && p.site().path().endsWith("." + inLayer));
    return !meansOthers ? shortest : !inLayerMeansOthers ? inLayer : site.path();
  }

  /**
   * The method that a PEFT adapter_config.json describes.
   *
   * @throws UserError exit 3 when it is not a plain LoRA
   */
  public static Lora readLora(Path file) {
    JsonNode json;
    try {
      json = new JsonMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, file + ": no such file, or not JSON", e);
    }
    if (!json.path("peft_type").asText().equals("LORA") || json.path("use_dora").asBoolean()) {
      throw UserError.file(file + ": peft_type " + json.path("peft_type") + " is not a plain LoRA");
    }
    List<String> targets = new ArrayList<>();
    json.path("target_modules").forEach(target -> targets.add(target.asText()));
    return new Lora(
        json.path("r").asInt(),
        json.path("lora_alpha").asDouble(),
        targets,
        json.path("lora_dropout").asDouble(0));
  }
}
