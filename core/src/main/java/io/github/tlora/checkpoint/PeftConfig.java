package io.github.tlora.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.nn.Site;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * An adapter_config.json of PEFT's (peft 0.21, tuners/lora/config.py and tuners/vera/config.py):
 * what of it an adapter's effect depends on. Which modules are adapted the tensors say, not this.
 *
 * @param rank {@code r}
 * @param base {@code base_model_name_or_path}; empty where it is not told
 * @param notes what was passed over, a line each
 */
record PeftConfig(
    Kind kind,
    int rank,
    double alpha,
    double dropout,
    boolean rankStabilized,
    Map<Pattern, Double> alphaPattern,
    double dInitial,
    Optional<String> base,
    List<String> notes) {

  /** The methods of PEFT that are read. */
  enum Kind {
    LORA,
    DORA,
    VERA
  }

  /** What changes an adapter's effect in a way that cannot be honoured here, and why not. */
  private static final Map<String, String> REFUSED = new LinkedHashMap<>();

  static {
    String base = "the base that it acts on is not the checkpoint's";
    REFUSED.put("layer_replication", base + ": layers stand in it several times");
    REFUSED.put("use_qalora", "its A reads averages of a quantized layer's inputs");
    REFUSED.put("megatron_config", "it belongs to Megatron's parallel layers");
    REFUSED.put("lora_bias", "a LoRA here has no bias of its own");
    REFUSED.put("trainable_token_indices", "single rows of an embedding are trained");
    REFUSED.put("target_parameters", "it adapts parameters that are no linear layers");
    REFUSED.put("alora_invocation_tokens", "it acts on the tokens after an invocation only");
    REFUSED.put("use_bdlora", "its matrices are block-diagonal");
    REFUSED.put("arrow_config", "it routes between several adapters");
    REFUSED.put("kasa_config", base + ": its smallest singular values are cut off");
    REFUSED.put("monteclora_config", "its update is drawn at random");
    REFUSED.put("fan_in_fan_out", "the layers here store their weights as (out, in)");
  }

  /** What has no effect on a trained adapter, or is read. */
  private static final Set<String> KNOWN =
      Set.of(
          "peft_type",
          "task_type",
          "auto_mapping",
          "peft_version",
          "base_model_name_or_path",
          "revision",
          "inference_mode",
          "r",
          "target_modules",
          "exclude_modules",
          "lora_alpha",
          "lora_dropout",
          "bias",
          "use_rslora",
          "modules_to_save",
          "init_lora_weights",
          "layers_to_transform",
          "layers_pattern",
          "rank_pattern",
          "alpha_pattern",
          "megatron_core",
          "loftq_config",
          "eva_config",
          "corda_config",
          "lora_ga_config",
          "use_dora",
          "velora_config",
          "qalora_group_size",
          "runtime_config",
          "ensure_weight_tying",
          "projection_prng_key",
          "save_projection",
          "vera_dropout",
          "d_initial",
          "init_weights");

  /** First values that leave the base as it is. */
  private static final Set<String> PLAIN_INIT =
      Set.of("true", "false", "gaussian", "eva", "orthogonal", "mica");

  /**
   * Reads {@code file}.
   *
   * @throws UserError exit 3 when it is no configuration of PEFT's, or cannot be honoured
   */
  static PeftConfig read(Path file) {
    JsonNode json = parse(file);
    if (json.has(PeftLayout.OWN)) {
      throw UserError.file(
          file + ": is an adapter of this tool already. Use its directory as it is");
    }
    Kind kind = kind(json, file);
    REFUSED.forEach(
        (key, why) -> {
          if (!isUnset(json.path(key))) {
            throw UserError.file(file + ": " + key + " is not supported: " + why);
          }
        });
    if (kind == Kind.VERA && !json.path("save_projection").asBoolean(true)) {
      throw UserError.file(
          file
              + ": save_projection is false: the file lacks vera_A and vera_B, and torch's generator"
              + " alone makes them again. Save it in Python with save_projection=True");
    }
    requirePlainInit(json, file);
    List<String> notes = new ArrayList<>();
    json.properties()
        .forEach(
            field -> {
              String key = field.getKey();
              if (!KNOWN.contains(key) && !REFUSED.containsKey(key) && !isUnset(field.getValue())) {
                notes.add(file + ": the key '" + key + "' is not known here and was passed over");
              }
            });
    boolean vera = kind == Kind.VERA;
    return new PeftConfig(
        kind,
        json.path("r").asInt(vera ? 256 : 8),
        json.path("lora_alpha").asDouble(8),
        json.path(vera ? "vera_dropout" : "lora_dropout").asDouble(0),
        json.path("use_rslora").asBoolean(),
        patterns(json.path("alpha_pattern"), file),
        json.path("d_initial").asDouble(0.1),
        Optional.ofNullable(json.path("base_model_name_or_path").asText(null))
            .filter(name -> !name.isBlank()),
        notes);
  }

  private static JsonNode parse(Path file) {
    try {
      JsonNode json = new JsonMapper().readTree(Files.readString(file, StandardCharsets.UTF_8));
      if (!json.isObject()) {
        throw UserError.file(file + ": is not a JSON object");
      }
      return json;
    } catch (JsonProcessingException e) {
      throw new UserError(UserError.Kind.FILE, file + ": not JSON", e);
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE,
          file + ": no such file. Give the directory that save_pretrained of PEFT wrote",
          e);
    }
  }

  private static Kind kind(JsonNode json, Path file) {
    String type = json.path("peft_type").asText("none");
    return switch (type) {
      case "LORA" -> json.path("use_dora").asBoolean() ? Kind.DORA : Kind.LORA;
      case "VERA" -> Kind.VERA;
      default ->
          throw UserError.file(
              file + ": peft_type " + type + " is not read. LORA (with DoRA) and VERA are");
    };
  }

  private static boolean isUnset(JsonNode value) {
    return value.isMissingNode()
        || value.isNull()
        || (value.isBoolean() && !value.asBoolean())
        || (value.isContainerNode() && value.isEmpty())
        || (value.isTextual() && value.asText().isEmpty());
  }

  private static void requirePlainInit(JsonNode json, Path file) {
    String init = json.path("init_lora_weights").asText("true");
    if (!PLAIN_INIT.contains(init)) {
      throw UserError.file(
          file
              + ": init_lora_weights "
              + init
              + " is not supported: it changes the base's weights before training. Save it in Python"
              + " with path_initial_model_for_weight_conversion, which makes a plain LoRA of it");
    }
  }

  private static Map<Pattern, Double> patterns(JsonNode node, Path file) {
    Map<Pattern, Double> patterns = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      try {
        String key = field.getKey().replace("(?P<", "(?<"); // Python's named groups
        patterns.put(Pattern.compile("(.*\\.)?(" + key + ")"), field.getValue().asDouble());
      } catch (PatternSyntaxException e) {
        throw new UserError(
            UserError.Kind.FILE,
            file + ": alpha_pattern: '" + field.getKey() + "' is not a regular expression",
            e);
      }
    }
    return patterns;
  }

  /** The alpha at {@code site}: of the first pattern that fits, as in PEFT's get_pattern_key. */
  double alpha(Site site) {
    return alphaPattern.entrySet().stream()
        .filter(entry -> entry.getKey().matcher(site.path()).matches())
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(alpha);
  }
}
