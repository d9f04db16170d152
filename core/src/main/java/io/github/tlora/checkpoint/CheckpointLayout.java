package io.github.tlora.checkpoint;

import io.github.tlora.adapter.Method;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.Dtype;
import java.nio.file.Path;

/** The whole model as transformers writes it: {@code AutoModel...from_pretrained} loads it. */
final class CheckpointLayout implements Layout {
  /**
   * Beside a file called adapter_config.json, transformers would take it for an adapter of PEFT's.
   */
  static final String DESCRIPTION = "tlora_config.json";

  static final Layout INSTANCE = new CheckpointLayout();

  private CheckpointLayout() {}

  @Override
  public String description() {
    return DESCRIPTION;
  }

  @Override
  public String weights() {
    return HuggingFaceCheckpoint.WEIGHTS;
  }

  /** A pooler that no head here reads may be kept in half precision: then it stays in the base. */
  @Override
  public boolean holds(Param param, SequenceClassifier model, Method method) {
    return param.role() == Role.HEAD || (param.role() == Role.BASE && param.dtype() == Dtype.F32);
  }

  @Override
  public void writeRest(
      Path directory, SequenceClassifier model, AdapterConfig config, ModelFiles files) {
    HuggingFaceCheckpoint.writeRest(
        directory, HuggingFaceCheckpoint.config(files, model, config), files);
  }
}
