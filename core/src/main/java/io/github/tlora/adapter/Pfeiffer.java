package io.github.tlora.adapter;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.Key;
import io.github.tlora.Setting;
import io.github.tlora.nn.Activation;
import io.github.tlora.nn.Hook;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Sublayer;
import java.util.Optional;

/**
 * Pfeiffer's adapters (arXiv 2005.00247), the LoRA paper's Adapter-P, where its authors' code has
 * them: a bottleneck with ReLU on the feed-forward sublayer's output, before the residual is added.
 */
@JsonTypeName("pfeiffer")
public record Pfeiffer(@Key(value = "Width of the bottleneck, r.", min = 1) Integer rank)
    implements Method {

  public Pfeiffer {
    rank = Setting.atLeast("rank", rank == null ? 16 : rank, 1);
  }

  @Override
  public String summary() {
    return "Adapter-P: a bottleneck after feed-forward";
  }

  @Override
  public String source() {
    return "arXiv 2005.00247";
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
  public Optional<Hook> sublayer(Sublayer at, ParamTable params) {
    return at.kind() == Sublayer.Kind.FEED_FORWARD
        ? Optional.of(Bottleneck.at(at.path(), at.width(), rank, Activation.RELU, params))
        : Optional.empty();
  }
}
