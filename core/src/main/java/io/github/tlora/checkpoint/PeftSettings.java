package io.github.tlora.checkpoint;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.adapter.Dora;
import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.LoraFa;
import io.github.tlora.adapter.Method;
import io.github.tlora.adapter.Vera;
import io.github.tlora.nn.Site;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A method's settings by the keys that PEFT's configurations have for them.
 *
 * @param type {@code peft_type}
 * @param keys the method's own keys; what is PEFT's default anyway may be left out
 * @param patterns keys whose values differ by matrix, and the value of each
 * @param biases what {@code bias} says where only the adapted matrices' biases are trained
 */
record PeftSettings(String type, ObjectNode keys, Map<String, Pattern<?>> patterns, String biases) {

  /**
   * A value for each matrix.
   *
   * @param usual what it is where the pattern says nothing
   */
  record Pattern<V>(V usual, Function<Site, V> value) {
    Map<String, V> over(List<Site> adapted, ModuleNames names) {
      Map<Site, V> values = new LinkedHashMap<>();
      adapted.forEach(site -> values.put(site, value.apply(site)));
      return names.patterns(values, usual);
    }
  }

  /** What PEFT has for {@code method}; empty where it has no such method. */
  static Optional<PeftSettings> of(Method method) {
    if (method instanceof Lora lora) {
      return Optional.of(lora(lora));
    }
    if (method instanceof LoraFa fa) { // PEFT's loads as a LoRA, whose A it trains
      return Optional.of(lora(new Lora(fa.rank(), fa.alpha(), fa.targets(), fa.dropout())));
    }
    if (method instanceof Dora dora) {
      PeftSettings inside = lora(dora.direction());
      inside.keys().put("use_dora", true);
      return Optional.of(inside);
    }
    return method instanceof Vera vera ? Optional.of(vera(vera)) : Optional.empty();
  }

  private static PeftSettings lora(Lora lora) {
    ObjectNode keys = new JsonMapper().createObjectNode();
    keys.put("r", lora.rank());
    put(keys, "lora_alpha", lora.alpha());
    keys.put("lora_dropout", lora.dropout());
    keys.put("init_lora_weights", true);
    if (lora.rankStabilized()) {
      keys.put("use_rslora", true);
    }
    return new PeftSettings(
        "LORA",
        keys,
        Map.of(
            "rank_pattern", new Pattern<>(lora.rank(), lora::rank),
            "alpha_pattern", new Pattern<>(lora.alpha(), lora::alpha)),
        "lora_only");
  }

  private static PeftSettings vera(Vera vera) {
    ObjectNode keys = new JsonMapper().createObjectNode();
    keys.put("r", vera.rank());
    put(keys, "d_initial", vera.dInitial());
    keys.put("vera_dropout", vera.dropout());
    keys.put("init_weights", true);
    keys.put("save_projection", true);
    return new PeftSettings("VERA", keys, Map.of(), "vera_only");
  }

  /** Writes a whole number as PEFT's users do. */
  static void put(ObjectNode node, String key, double value) {
    if (value == Math.rint(value)) {
      node.put(key, (long) value);
    } else {
      node.put(key, value);
    }
  }
}
