package io.github.tlora.doctor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Tensors of a checkpoint that a classifier does not read, by what they were for. */
final class UnusedTensors {
  private static final String OTHER = "other";

  /** Patterns of names, tried in this order. */
  private static final Map<String, Pattern> GROUPS = new LinkedHashMap<>();

  static {
    GROUPS.put("counters", Pattern.compile("(^|\\.)(position_ids|token_type_ids)$"));
    GROUPS.put(
        "masked language model head",
        Pattern.compile(
            "^(cls\\.predictions|lm_head|lm_predictions|mask_predictions|generator_predictions"
                + "|generator_lm_head)\\."));
    GROUPS.put("next sentence head", Pattern.compile("^cls\\.seq_relationship\\."));
    GROUPS.put("discriminator head", Pattern.compile("^discriminator_predictions\\."));
    GROUPS.put("pooler", Pattern.compile("(^|\\.)pooler\\."));
    GROUPS.put("other head", Pattern.compile("^(classifier|score|qa_outputs|logits_proj)\\."));
  }

  private UnusedTensors() {}

  /** {@code names} by group; groups without any are left out. */
  static Map<String, List<String>> grouped(Collection<String> names) {
    Map<String, List<String>> groups = new LinkedHashMap<>();
    names.stream()
        .sorted()
        .forEach(name -> groups.computeIfAbsent(group(name), g -> new ArrayList<>()).add(name));
    return groups;
  }

  private static String group(String name) {
    return GROUPS.entrySet().stream()
        .filter(group -> group.getValue().matcher(name).find())
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(OTHER);
  }

  /** {@code 5 masked language model head, 2 pooler}. */
  static String counts(Map<String, List<String>> groups) {
    return groups.entrySet().stream()
        .map(group -> group.getValue().size() + " " + group.getKey())
        .collect(Collectors.joining(", "));
  }
}
