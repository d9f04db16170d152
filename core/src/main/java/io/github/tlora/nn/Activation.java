package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.UserError;
import io.github.tlora.tensor.Ops;
import java.util.Arrays;
import java.util.Locale;

/** Activation functions by the names that Hugging Face's {@code hidden_act} uses. */
public enum Activation {
  GELU {
    @Override
    public NDArray apply(NDArray x) {
      return Ops.gelu(x, false);
    }
  },
  GELU_NEW {
    @Override
    public NDArray apply(NDArray x) {
      return Ops.gelu(x, true);
    }
  },
  TANH {
    @Override
    public NDArray apply(NDArray x) {
      return Ops.tanh(x);
    }
  };

  /** The function, element by element. */
  public abstract NDArray apply(NDArray x);

  /**
   * The activation called {@code name}.
   *
   * @throws UserError exit 3, with the known names
   */
  public static Activation named(String name) {
    return Arrays.stream(values())
        .filter(a -> a.name().equals(name.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                UserError.file(
                    "config.json: unknown activation '" + name + "'. Known: gelu, gelu_new, tanh"));
  }
}
