package io.github.tlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tlora.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which rows of a checkpoint's own head give the logits of a task's labels.
 *
 * <p>roberta-large-mnli orders its labels otherwise than GLUE does: read by position it scores 4 %
 * on MNLI, matched by name 90 %.
 *
 * @param labels number of the task's labels; they are the first logits. A regression has none
 * @param rows for every logit the row of the checkpoint's last layer; for a new head its own number
 */
public record LabelMap(int labels, List<Integer> rows) {

  public LabelMap {
    rows = List.copyOf(rows);
  }

  /** The logits of a new head: one a label, in the task's order; one where there is no label. */
  public static LabelMap fresh(int labels) {
    return new LabelMap(labels, IntStream.range(0, Math.max(1, labels)).boxed().toList());
  }

  /**
   * The logits of the head that {@code settings} ask for.
   *
   * @param labels the task's, in the order of classes; none in a regression
   * @param config the checkpoint's config.json, whose {@code id2label} names its head's rows
   * @param location what to call the checkpoint in messages
   * @throws UserError exit 2 when the checkpoint's labels are not the task's; both are shown
   */
  public static LabelMap of(
      HeadSettings settings, List<String> labels, JsonNode config, String location) {
    if (settings.from() == HeadSettings.From.FRESH) {
      return fresh(labels.size());
    }
    List<String> own = ownLabels(config, location);
    if (labels.isEmpty()) {
      return ofOneLogit(own, location);
    }
    return settings.labels() == HeadSettings.Labels.BY_INDEX
        ? byIndex(labels, own, location)
        : byName(labels, own, location);
  }

  /** A number is what the one logit says, whatever its label is called. */
  private static LabelMap ofOneLogit(List<String> own, String location) {
    if (own.size() != 1) {
      throw UserError.usage(
          "head.from: the head of "
              + location
              + " has the labels "
              + String.join(", ", own)
              + "; the task is a regression and needs a head of one logit. Train a new head:"
              + " head.from: fresh");
    }
    return fresh(0);
  }

  private static LabelMap byIndex(List<String> labels, List<String> own, String location) {
    if (own.size() < labels.size()) {
      throw mismatch(labels, own, location, "It has too few. Train a new head: head.from: fresh");
    }
    return new LabelMap(labels.size(), IntStream.range(0, own.size()).boxed().toList());
  }

  private static LabelMap byName(List<String> labels, List<String> own, String location) {
    List<String> names = own.stream().map(LabelMap::plain).toList();
    List<Integer> rows = labels.stream().map(label -> names.indexOf(plain(label))).toList();
    if (own.size() == labels.size() && rows.stream().distinct().count() == labels.size()) {
      if (!rows.contains(-1)) {
        return new LabelMap(labels.size(), rows);
      }
    }
    throw mismatch(
        labels,
        own,
        location,
        "Take the first "
            + labels.size()
            + " as the task's with head.labels: by-index, or train a new head: head.from: fresh");
  }

  private static UserError mismatch(
      List<String> labels, List<String> own, String location, String advice) {
    return UserError.usage(
        "head.labels: the head of "
            + location
            + " has the labels "
            + String.join(", ", own)
            + "; the task's are "
            + String.join(", ", labels)
            + ". "
            + advice);
  }

  /** The labels that config.json names; LABEL_0 and LABEL_1 where it names none. */
  public static List<String> ownLabels(JsonNode config, String location) {
    JsonNode byId = config.path("id2label");
    if (!byId.isObject() || byId.isEmpty()) {
      int count = new ConfigJson(config, location).whole("num_labels", 2);
      return IntStream.range(0, Math.max(1, Math.min(count, 10_000)))
          .mapToObj(i -> "LABEL_" + i)
          .toList();
    }
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < byId.size(); i++) {
      JsonNode label = byId.path(Integer.toString(i));
      if (!label.isTextual()) {
        throw UserError.file(
            location
                + ": config.json: id2label must name the labels 0 to "
                + (byId.size() - 1)
                + ", got "
                + byId.properties().stream()
                    .map(e -> e.getKey())
                    .collect(Collectors.joining(", ")));
      }
      labels.add(label.asText());
    }
    return labels;
  }

  /** {@code Not-Entailment}, {@code not_entailment} and {@code NOT ENTAILMENT} are one label. */
  private static String plain(String label) {
    return label.toLowerCase(Locale.ROOT).replaceAll("[-_ ]", "");
  }

  /** The same labels and logits, whose rows stand in a checkpoint as they are. */
  public LabelMap inOrder() {
    return new LabelMap(labels, IntStream.range(0, logits()).boxed().toList());
  }

  /** Number of the head's logits. */
  public int logits() {
    return rows.size();
  }

  /** Whether the head gives a number, not classes: as in transformers, whether it has one logit. */
  public boolean isRegression() {
    return logits() == 1;
  }

  /** Whether the rows stand as they are in the checkpoint. */
  public boolean isInOrder() {
    return rows.equals(fresh(rows.size()).rows());
  }
}
