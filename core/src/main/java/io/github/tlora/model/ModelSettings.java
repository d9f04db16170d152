package io.github.tlora.model;

import io.github.tlora.Key;
import io.github.tlora.tensor.Dtype;

/**
 * The pretrained encoder. In a configuration {@code model: NAME} stands for {@code model: {name:
 * NAME}}.
 */
public record ModelSettings(
    @Key("A Hugging Face directory, a model's name, or bundled for the encoder that comes along.")
        String name,
    @Key("How the frozen matrices are kept in memory; all else, and every sum, is f32.")
        Dtype dtype) {

  public ModelSettings {
    name = name == null ? ModelFiles.BUNDLED : name;
    dtype = dtype == null ? Dtype.F32 : dtype;
  }

  /** The bundled encoder in F32. */
  public static ModelSettings defaults() {
    return new ModelSettings(null, null);
  }
}
