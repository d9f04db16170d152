package io.github.tlora.adapter;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.Key;
import io.github.tlora.Setting;
import io.github.tlora.nn.Activation;
import io.github.tlora.nn.Hook;
import io.github.tlora.nn.Layer;
import io.github.tlora.nn.ParamTable;
import java.util.Optional;

/**
 * Lin's adapters (arXiv 2004.03829), the LoRA paper's Adapter-L: a bottleneck with ReLU on each
 * layer's output, that is after feed-forward and its norm, with a trained norm of its own: {@code h
 * + W_up relu(W_down norm(h) + b_down) + b_up}.
 */
@JsonTypeName("lin")
public record Lin(@Key(value = "Width of the bottleneck, r.", min = 1) Integer rank)
    implements Method {

  public Lin {
    rank = Setting.atLeast("rank", rank == null ? 16 : rank, 1);
  }

  @Override
  public String summary() {
    return "Adapter-L: a norm and a bottleneck after each layer";
  }

  @Override
  public String source() {
    return "arXiv 2004.03829";
  }

  @Override
  public double defaultLearningRate() {
    return 3e-3;
  }

  @Override
  public Optional<String> mergeObstacle() {
    return Bottleneck.OBSTACLE;
  }

  @Override
  public Optional<Hook> layerOutput(Layer layer, ParamTable params) {
    return Optional.of(
        Bottleneck.normalised(layer.path(), layer.width(), rank, Activation.RELU, params));
  }
}
