package io.github.tlora.checkpoint;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.adapter.Vera;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Site;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Hugging Face PEFT's layout of LoRA, DoRA and VeRA (peft docs, "checkpoint format"), with what
 * this tool reads under one more key.
 */
final class PeftLayout implements Layout {
  /** What stands before the names of a model's tensors. */
  static final String MODEL = "base_model.model.";

  /** What stands before the names of matrices that all layers share. */
  static final String SHARED = "base_model.";

  /** The key of the tool's own document. */
  static final String OWN = "tlora";

  private final PeftSettings settings;

  PeftLayout(PeftSettings settings) {
    this.settings = settings;
  }

  @Override
  public String stored(Param param, SequenceClassifier model) {
    return storedName(param, model);
  }

  /** The name of {@code param} in PEFT's file. */
  static String storedName(Param param, SequenceClassifier model) {
    String name = param.name();
    return switch (param.role()) {
      case BASE -> MODEL + inWrapper(param, model);
      case FIXED -> (name.equals(Vera.A) || name.equals(Vera.B) ? SHARED : MODEL) + name;
      case HEAD, ADAPTER -> MODEL + name;
    };
  }

  /** PEFT puts an adapted layer into a wrapper, where it is called base_layer. */
  private static String inWrapper(Param base, SequenceClassifier model) {
    String path = module(base);
    boolean wrapped = adapted(model).stream().anyMatch(site -> site.path().equals(path));
    return wrapped ? path + ".base_layer" + base.name().substring(path.length()) : base.name();
  }

  private static String module(Param param) {
    return param.name().substring(0, param.name().lastIndexOf('.'));
  }

  private static List<Site> adapted(SequenceClassifier model) {
    return model.projections().stream()
        .filter(projection -> projection.delta().isPresent())
        .map(Projection::site)
        .toList();
  }

  @Override
  public ObjectNode config(ObjectNode own, AdapterConfig config, SequenceClassifier model) {
    ModuleNames names = new ModuleNames(adapted(model), otherModules(model));
    ObjectNode json = new JsonMapper().createObjectNode();
    json.put("peft_type", settings.type());
    if (!config.head().staysInCheckpoint()) {
      json.put("task_type", "SEQ_CLS"); // PEFT then demands a classifier in the file
    }
    json.put("base_model_name_or_path", config.baseModel().id());
    if (config.baseModel().revision() != null) {
      json.put("revision", config.baseModel().revision());
    }
    json.setAll(settings.keys());
    if (settings.type().equals("VERA")) {
      json.put("projection_prng_key", config.seed());
    }
    json.put("bias", biases(model));
    json.put("fan_in_fan_out", false);
    json.put("inference_mode", true);
    settings.patterns().keySet().stream().sorted().forEach(key -> pattern(json, key, model, names));
    ArrayNode targets = json.putArray("target_modules");
    names.suffixes().forEach(targets::add);
    List<String> whole = wholeModules(config, model);
    if (!whole.isEmpty()) {
      whole.forEach(json.putArray("modules_to_save")::add);
    }
    json.set(OWN, own);
    return json;
  }

  private void pattern(ObjectNode json, String key, SequenceClassifier model, ModuleNames names) {
    Map<String, ?> pattern = settings.patterns().get(key).over(adapted(model), names);
    if (!pattern.isEmpty()) {
      ObjectNode node = json.putObject(key);
      pattern.forEach(
          (module, value) -> PeftSettings.put(node, module, ((Number) value).doubleValue()));
    }
  }

  private static Set<String> otherModules(SequenceClassifier model) {
    Set<String> adapted = adapted(model).stream().map(Site::path).collect(Collectors.toSet());
    return model.params().of(Role.BASE, Role.HEAD).stream()
        .map(PeftLayout::module)
        .filter(path -> !adapted.contains(path))
        .collect(Collectors.toSet());
  }

  /** Which biases of the base are in the file, as PEFT says it. */
  private String biases(SequenceClassifier model) {
    Set<String> whole = replacedWhole(model).collect(Collectors.toSet());
    List<Param> biases =
        model.replaced().stream().filter(param -> !whole.contains(module(param))).toList();
    Set<String> adapted = adapted(model).stream().map(Site::path).collect(Collectors.toSet());
    return biases.isEmpty()
        ? "none"
        : biases.stream().allMatch(bias -> adapted.contains(module(bias)))
            ? settings.biases()
            : "all";
  }

  /** Modules of the base that are replaced whole, not only by their bias. */
  private static Stream<String> replacedWhole(SequenceClassifier model) {
    return model.replaced().stream()
        .filter(param -> !param.isBias())
        .map(PeftLayout::module)
        .distinct();
  }

  /**
   * The modules that are in the file whole: the head's, unless the base's own serves, and others.
   */
  private static List<String> wholeModules(AdapterConfig config, SequenceClassifier model) {
    String encoder = model.architecture().prefix() + "."; // a new pooler stands inside it
    Stream<String> heads =
        config.head().staysInCheckpoint()
            ? Stream.of()
            : model.params().of(Role.HEAD).stream()
                .map(param -> param.name().replace(encoder, "").replaceFirst("\\..*", ""))
                .distinct();
    return Stream.concat(replacedWhole(model), heads).toList();
  }
}
