package io.github.tlora.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.adapter.Full;
import io.github.tlora.adapter.Method;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import java.nio.file.Path;

/**
 * How an adapter stands in its directory: which tensors, by what names, and what is beside them.
 */
interface Layout {
  /** The tool's own: tensors by their names in the model, nothing else. */
  Layout OWN = new Layout() {};

  /**
   * The layout of {@code method}'s adapters. This is the only place that decides it: PEFT's where
   * PEFT has the method, an ordinary checkpoint where everything is trained, else the tool's own.
   */
  static Layout of(Method method) {
    return method instanceof Full
        ? CheckpointLayout.INSTANCE
        : PeftSettings.of(method).<Layout>map(PeftLayout::new).orElse(OWN);
  }

  /** The name of the file that says what the adapter is. */
  default String description() {
    return AdapterFile.CONFIG;
  }

  /** The name of the file with the tensors. */
  default String weights() {
    return AdapterFile.WEIGHTS;
  }

  /** Whether {@code param} goes into the file. */
  default boolean holds(Param param, SequenceClassifier model, Method method) {
    return model.changes(param) || (param.role() == Role.FIXED && method.storesFixed());
  }

  /** The name of {@code param} in the file. */
  default String stored(Param param, SequenceClassifier model) {
    return param.name();
  }

  /**
   * The content of {@link #description}.
   *
   * @param own what this tool reads of it
   */
  default ObjectNode config(ObjectNode own, AdapterConfig config, SequenceClassifier model) {
    return own;
  }

  /** Writes what stands beside the tensors and {@link #description}. */
  default void writeRest(
      Path directory, SequenceClassifier model, AdapterConfig config, ModelFiles files) {}
}
