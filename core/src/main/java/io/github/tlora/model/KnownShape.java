package io.github.tlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tlora.UserError;
import io.github.tlora.tensor.WeightSource;

/** A well-known model whose files are not here: its config.json is, its weights are not. */
record KnownShape(KnownModels.Known model, UserError absence) implements ModelFiles {
  @Override
  public String id() {
    return model.id();
  }

  @Override
  public boolean isComplete() {
    return false;
  }

  @Override
  public JsonNode config() {
    return model.config();
  }

  @Override
  public WeightSource openWeights() {
    throw absence;
  }

  @Override
  public String tokenizerJson() {
    throw absence;
  }

  @Override
  public HeadSettings defaultHead() {
    return HeadSettings.defaults().orElse(HeadSettings.Kind.NATIVE, HeadSettings.Pooling.FIRST);
  }
}
