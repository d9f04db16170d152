package io.github.tlora.run;

import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Dtype;
import java.nio.file.Path;
import java.util.List;

/** A base's weights, loaded once, on which several adapters are opened. */
record LoadedBase(
    ModelFiles files,
    Dtype dtype,
    SequenceClassifier model,
    NDManager manager,
    Environment environment)
    implements AutoCloseable {

  /**
   * Loads the base of {@code adapters}.
   *
   * @param adapters run directories or adapters', one or more, of one base
   * @param otherModel where the base is found now, or null for where it was in training
   * @param dtype how its matrices are kept, or null for how they were in training
   * @throws UserError exit 2 when they were trained on bases kept in different types
   */
  static LoadedBase of(
      List<Path> adapters, String otherModel, Dtype dtype, Environment environment) {
    AdapterConfig.BaseModel first = LoadedAdapter.configOf(adapters.get(0)).baseModel();
    for (Path other : adapters) {
      AdapterConfig.BaseModel base = LoadedAdapter.configOf(other).baseModel();
      if (dtype == null && base.dtype() != first.dtype()) {
        throw UserError.usage(
            other
                + ": was trained on a base kept as "
                + base.dtype()
                + ", "
                + adapters.get(0)
                + " on one kept as "
                + first.dtype()
                + ". Load them apart");
      }
    }
    ModelFiles files = environment.models().find(otherModel == null ? first.model() : otherModel);
    Dtype kept = dtype == null ? first.dtype() : dtype;
    SequenceClassifier model =
        SequenceClassifier.declare(files.architecture(), files.defaultHead(), 2, Slots.NONE)
            .keepBaseAs(kept);
    return new LoadedBase(files, kept, model, environment.load(model, files), environment);
  }

  @Override
  public void close() {
    manager.close();
  }
}
