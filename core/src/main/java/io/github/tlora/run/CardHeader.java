package io.github.tlora.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.github.tlora.adapter.Full;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Metric;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelFiles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model card says to machines: YAML by the keys of the hub's specification (modelcard.md of
 * huggingface/hub-docs). What is not known is left out, with a comment that asks for it.
 *
 * @param name of the model, without a place or a time
 * @param isSample whether the rows are the bundled sample's
 * @param files the base's
 * @param scores on the dev rows
 * @param isMerged whether the weights are the base's with the adapter in them
 */
record CardHeader(
    String name,
    AdapterConfig adapter,
    Task task,
    boolean isSample,
    ModelFiles files,
    Map<Metric, Double> scores,
    boolean isMerged) {
  private static final String KIND = "text-classification";
  private static final String GLUE = "nyu-mll/glue";

  private static final YAMLMapper YAML =
      new YAMLMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
              .build());

  /** The lines, between lines of dashes. */
  String text() {
    return "---\n" + comments() + yaml(content()) + "---\n";
  }

  static String yaml(Map<String, ?> content) {
    try {
      return YAML.writeValueAsString(content);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a map of plain values is always YAML", e);
    }
  }

  private String comments() {
    return (files.license().isPresent()
            ? ""
            : "# license: the base's files name none; the adapter's depends on it\n")
        + (hasHubName()
            ? ""
            : "# base_model: was loaded from a directory; put its name on the hub here\n");
  }

  private boolean hasHubName() {
    return !(files instanceof ModelFiles.Directory) || files.revision().isPresent();
  }

  private Map<String, Object> content() {
    Map<String, Object> content = new LinkedHashMap<>();
    files.license().ifPresent(license -> content.put("license", license));
    if (hasHubName()) {
      content.put("base_model", files.id());
      content.put("base_model_relation", isWhole() ? "finetune" : "adapter");
    }
    if (isGlue()) {
      content.put("datasets", List.of(GLUE));
    }
    if (task instanceof Glue) {
      content.put("language", List.of("en"));
    }
    content.put("library_name", library());
    content.put("pipeline_tag", KIND);
    content.put("tags", tags());
    content.put("metrics", scores.keySet().stream().map(CardHeader::hubName).distinct().toList());
    content.put("model-index", List.of(ordered("name", name, "results", results())));
    return content;
  }

  private boolean isGlue() {
    return task instanceof Glue && !isSample;
  }

  private boolean isWhole() {
    return isMerged || adapter.method() instanceof Full;
  }

  /** What loads it so that it gives these answers. */
  private String library() {
    boolean isNative = adapter.head().kind() == HeadSettings.Kind.NATIVE;
    if (isNative && isWhole()) {
      return "transformers";
    }
    return isNative && AdapterFile.isPeft(adapter.method()) ? "peft" : "tlora";
  }

  private List<String> tags() {
    List<String> tags = new ArrayList<>(List.of("tlora"));
    tags.add(adapter.method().methodName());
    if (!isMerged && AdapterFile.isPeft(adapter.method())) {
      tags.add("peft");
    }
    if (isGlue()) {
      tags.add("glue");
    }
    return tags.stream().distinct().toList();
  }

  /** One result a split: MNLI has two. */
  private List<Map<String, Object>> results() {
    List<Map<String, Object>> results = new ArrayList<>();
    for (String split : task.devSplits()) {
      List<Map<String, Object>> metrics = new ArrayList<>();
      for (Metric metric : task.metrics(split)) {
        if (scores.containsKey(metric)) {
          metrics.add(ordered("type", hubName(metric), "value", rounded(scores.get(metric))));
        }
      }
      if (!metrics.isEmpty()) {
        results.add(
            ordered(
                "task",
                ordered("type", KIND, "name", "Text Classification"),
                "dataset",
                dataset(split),
                "metrics",
                metrics));
      }
    }
    return results;
  }

  private Map<String, Object> dataset(String split) {
    String there = split.replace("dev", "validation");
    if (isSample) {
      return ordered(
          "type",
          "tlora-sample",
          "name",
          "sentences written for tlora, no GLUE score",
          "split",
          there);
    }
    return task instanceof Glue glue
        ? ordered(
            "type", GLUE, "name", "GLUE " + glue.title(), "config", task.key(), "split", there)
        : ordered("type", task.key(), "name", task.key(), "split", there);
  }

  private static Map<String, Object> ordered(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }

  private static double rounded(double score) {
    return Math.rint(score * 1e4) / 1e4;
  }

  /** As evaluate, the hub's library of metrics, calls it. */
  private static String hubName(Metric metric) {
    return switch (metric) {
      case ACCURACY, ACCURACY_MM -> "accuracy";
      case F1 -> "f1";
      case MATTHEWS -> "matthews_correlation";
      case PEARSON -> "pearsonr";
      case SPEARMAN -> "spearmanr";
    };
  }
}
