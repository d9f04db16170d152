package io.github.tlora.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.adapter.Method;
import io.github.tlora.config.ConfigWriter;
import io.github.tlora.config.Layers;
import io.github.tlora.config.RunConfig;
import java.util.List;
import java.util.Map;

/** Lists the fine-tuning methods, from the type that knows them all. */
public final class MethodsRun {
  private MethodsRun() {}

  /**
   * One method.
   *
   * @param method its name in configurations and flags
   * @param summary what it is, in a few words
   * @param source the paper that it comes from
   * @param merges whether it can be merged into the base's weights
   * @param mergeObstacle why not; null where it can
   * @param convertsToLora whether an exact LoRA can be made of it
   * @param learningRate the default peak rate
   * @param settings the settings and their defaults, by the keys of the {@code adapter} group
   */
  public record Entry(
      String method,
      String summary,
      String source,
      boolean merges,
      @JsonInclude(JsonInclude.Include.NON_NULL) String mergeObstacle,
      boolean convertsToLora,
      double learningRate,
      Map<?, ?> settings) {}

  /** Every method with its default settings. */
  public static List<Entry> list() {
    return Method.names().stream().map(MethodsRun::entry).toList();
  }

  /** The settings of the method called {@code name} and their defaults, by their keys. */
  public static Map<?, ?> settings(String name) {
    return (Map<?, ?>) ConfigWriter.toMap(defaults(name)).get("adapter");
  }

  private static RunConfig defaults(String name) {
    return new Layers().set("adapter.method", name, "method").resolve();
  }

  private static Entry entry(String name) {
    Method method = defaults(name).adapter();
    return new Entry(
        name,
        method.summary(),
        method.source(),
        method.mergeObstacle().isEmpty(),
        method.mergeObstacle().orElse(null),
        method.hasLora(),
        method.defaultLearningRate(),
        settings(name));
  }
}
