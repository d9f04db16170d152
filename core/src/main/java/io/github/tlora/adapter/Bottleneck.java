package io.github.tlora.adapter;

import ai.djl.ndarray.NDArray;
import io.github.tlora.nn.Activation;
import io.github.tlora.nn.Hook;
import io.github.tlora.nn.LayerNorm;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.Ops;
import java.util.Optional;

/**
 * A bottleneck adapter: {@code h + W_up act(W_down h + b_down) + b_up}, 2 r D + r + D parameters.
 *
 * <p>Matrices start near 0, N(0, 1e-4) cut at two deviations, so that the adapter starts near the
 * identity (arXiv 1902.00751, section 3.6); biases start at 0.
 */
final class Bottleneck implements Hook {
  /** Standard deviation of the matrices' first values. */
  static final double DEVIATION = 1e-2;

  /** Why no bottleneck can be merged. */
  static final Optional<String> OBSTACLE =
      Optional.of("a bottleneck adapter is not linear: no weight of the base has its effect");

  private static final double NORM_EPSILON = 1e-5; // torch's default

  private final Optional<LayerNorm> norm;
  private final Param down;
  private final Param downBias;
  private final Activation activation;
  private final Param up;
  private final Param upBias;

  private Bottleneck(
      Optional<LayerNorm> norm,
      String path,
      int width,
      int rank,
      Activation of,
      ParamTable params) {
    Init small = Init.truncatedNormal(DEVIATION);
    String at = path + ".adapter_";
    this.norm = norm;
    activation = of;
    down = params.declare(at + "down.weight", Role.ADAPTER, small, rank, width);
    downBias = params.declare(at + "down.bias", Role.ADAPTER, Init.zeros(), rank);
    up = params.declare(at + "up.weight", Role.ADAPTER, small, width, rank);
    upBias = params.declare(at + "up.bias", Role.ADAPTER, Init.zeros(), width);
  }

  /** An adapter at {@code path}. */
  static Hook at(String path, int width, int rank, Activation activation, ParamTable params) {
    return new Bottleneck(Optional.empty(), path, width, rank, activation, params);
  }

  /** An adapter that normalises its input with a norm of its own: 2 D parameters more. */
  static Hook normalised(
      String path, int width, int rank, Activation activation, ParamTable params) {
    String at = path + ".adapter_norm.";
    LayerNorm norm =
        new LayerNorm(
            params.declare(at + "weight", Role.ADAPTER, Init.ones(), width),
            params.declare(at + "bias", Role.ADAPTER, Init.zeros(), width),
            NORM_EPSILON);
    return new Bottleneck(Optional.of(norm), path, width, rank, activation, params);
  }

  @Override
  public NDArray apply(NDArray h, boolean training) {
    NDArray x = norm.map(n -> n.forward(h)).orElse(h);
    NDArray narrow = activation.apply(Ops.linear(x, down.array(), downBias.array()));
    return h.add(Ops.linear(narrow, up.array(), upBias.array()));
  }
}
