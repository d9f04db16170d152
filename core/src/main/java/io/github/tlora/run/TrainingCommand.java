package io.github.tlora.run;

import io.github.tlora.UserError;
import io.github.tlora.config.ConfigWriter;
import io.github.tlora.config.Layers;
import io.github.tlora.config.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The command line that stands for a configuration: what is not the default. It says nothing of the
 * machine, so that it can be published, and is the same each time that a run is repeated.
 */
final class TrainingCommand {
  /** Places and the machine. */
  private static final Set<String> LEFT_OUT =
      Set.of("task", "model.name", "data", "init_from", "device", "threads", "baseline");

  private static final Map<String, String> FLAGS =
      Map.of(
          "adapter.method", "--method",
          "adapter.rank", "--rank",
          "model.dtype", "--dtype",
          "seed", "--seed",
          "train.epochs", "--epochs",
          "train.batch_size", "--batch-size",
          "train.learning_rate", "--learning-rate",
          "train.max_length", "--max-length");

  private TrainingCommand() {}

  /**
   * The line.
   *
   * @param task the task's name, or a file that describes it
   * @param model what the base is called
   */
  static String of(RunConfig config, String task, String model) {
    List<String> words = new ArrayList<>(List.of("tlora", "train", "--task", quoted(task)));
    words.addAll(List.of("--model", quoted(model)));
    if (config.data() != null) {
      words.addAll(List.of("--data", "DATA"));
    }
    if (config.initFrom() != null) {
      words.addAll(List.of("--init-from", "RUN"));
    }
    Map<String, Object> defaults = flat(defaults(config));
    flat(config)
        .forEach(
            (key, value) -> {
              if (!value.equals(defaults.get(key)) || key.equals("adapter.method")) {
                String text = value instanceof List<?> ? Json.line(value) : value.toString();
                String flag = FLAGS.get(key);
                words.add(flag == null ? "--set" : flag);
                words.add(quoted(flag == null ? key + "=" + text : text));
              }
            });
    return String.join(" ", words);
  }

  private static RunConfig defaults(RunConfig config) {
    try {
      return new Layers()
          .set("adapter.method", config.adapter().methodName(), "--method")
          .resolve();
    } catch (UserError e) { // a combination has no defaults: its parts must be given
      return RunConfig.defaults();
    }
  }

  private static Map<String, Object> flat(RunConfig config) {
    Map<String, Object> flat = ConfigWriter.toFlatMap(config);
    flat.keySet().removeIf(key -> LEFT_OUT.contains(key) || key.startsWith("log."));
    return flat;
  }

  private static String quoted(String word) {
    return word.matches("[\\w.,=/:+@-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
