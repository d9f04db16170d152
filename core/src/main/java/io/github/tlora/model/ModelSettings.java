package io.github.tlora.model;

import io.github.tlora.tensor.Dtype;

/**
 * The pretrained encoder. In a configuration {@code model: NAME} stands for {@code model: {name:
 * NAME}}.
 *
 * @param name {@code bundled}, a directory in the Hugging Face layout, or a model's name
 * @param dtype how the frozen matrices are kept in memory; all else, and every sum, is F32
 */
public record ModelSettings(String name, Dtype dtype) {

  public ModelSettings {
    name = name == null ? ModelFiles.BUNDLED : name;
    dtype = dtype == null ? Dtype.F32 : dtype;
  }

  /** The bundled encoder in F32. */
  public static ModelSettings defaults() {
    return new ModelSettings(null, null);
  }
}
