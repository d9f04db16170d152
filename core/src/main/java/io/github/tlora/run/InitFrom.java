package io.github.tlora.run;

import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.config.ConfigWriter;
import io.github.tlora.model.SequenceClassifier;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Another training's adapter, from whose values a training starts: as the LoRA paper starts MRPC,
 * RTE and STS-B from the adapter of MNLI (arXiv 2106.09685, section 5.1).
 *
 * @param run a run directory or an adapter's, as given
 * @param config what the adapter says of itself
 */
public record InitFrom(String run, AdapterConfig config) {
  /** Settings of methods that may differ: what the values mean does not depend on them. */
  private static final Set<String> FREE =
      Set.of(
          "dropout",
          "dropout_on",
          "loraplus_lr_ratio",
          "alpha_learning_rate",
          "alpha_decays",
          "store_fixed");

  /**
   * The adapter in {@code run}, for a training with {@code method}.
   *
   * @throws UserError exit 2 when the methods or their settings differ, exit 3 when there is none
   */
  static InitFrom of(String run, Method method) {
    AdapterConfig config = LoadedAdapter.configOf(Path.of(run));
    Map<String, Object> own = ConfigWriter.toMap(config.method());
    Map<String, Object> wanted = ConfigWriter.toMap(method);
    if (!method.methodName().equals(config.method().methodName())) {
      throw UserError.usage(
          "init_from: "
              + run
              + " is "
              + config.method().methodName()
              + ", this run is "
              + method.methodName()
              + ". Give --method "
              + config.method().methodName());
    }
    for (Map.Entry<String, Object> setting : own.entrySet()) {
      Object other = wanted.get(setting.getKey());
      if (!FREE.contains(setting.getKey()) && !setting.getValue().equals(other)) {
        throw UserError.usage(
            "init_from: "
                + run
                + " has adapter."
                + setting.getKey()
                + " "
                + setting.getValue()
                + ", this run has "
                + other
                + ". Give --set 'adapter."
                + setting.getKey()
                + "="
                + setting.getValue()
                + "'");
      }
    }
    return new InitFrom(run, config);
  }

  /** Fills what {@code model} trains with the adapter's values; see {@link AdapterFile#start}. */
  void fill(SequenceClassifier model, NDManager manager) {
    AdapterFile.start(directory(), config, model, manager);
  }

  private Path directory() {
    return LoadedAdapter.adapterDirectory(Path.of(run));
  }

  /** What it comes to for {@code model}. */
  Start start(SequenceClassifier model) {
    return new Start(
        run,
        config.task(),
        AdapterFile.hasHeadFor(model, directory(), config),
        AdapterFile.sha256(directory(), config));
  }

  /**
   * Where a training's first values come from.
   *
   * @param run as given
   * @param task what that adapter was trained on
   * @param head whether its head is taken too; one of another size is new
   * @param sha256 of its file of tensors
   */
  public record Start(String run, String task, boolean head, String sha256) {}
}
