package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;
import io.github.tlora.tensor.Ops;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Activation functions by the names that Hugging Face's {@code hidden_act} uses. */
public enum Activation {
  GELU("gelu", "gelu_python") {
    @Override
    public NDArray apply(NDArray x) {
      return Ops.gelu(x, false);
    }
  },
  /** GELU by tanh, which has four names for one formula. */
  GELU_NEW("gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_python_tanh") {
    @Override
    public NDArray apply(NDArray x) {
      return Ops.gelu(x, true);
    }
  },
  RELU("relu") {
    @Override
    public NDArray apply(NDArray x) {
      return Ops.relu(x);
    }
  },
  SILU("silu", "swish") {
    @Override
    public NDArray apply(NDArray x) {
      return Ops.silu(x);
    }
  },
  TANH("tanh") {
    @Override
    public NDArray apply(NDArray x) {
      return Ops.tanh(x);
    }
  };

  private final List<String> names;

  Activation(String... names) {
    this.names = List.of(names);
  }

  /** The function, element by element. */
  public abstract NDArray apply(NDArray x);

  /** The activation that {@code name} means, if it is known. */
  public static Optional<Activation> named(String name) {
    return Arrays.stream(values()).filter(a -> a.names.contains(name)).findFirst();
  }

  /** Every known name. */
  public static List<String> names() {
    return Arrays.stream(values()).flatMap(a -> a.names.stream()).toList();
  }
}
