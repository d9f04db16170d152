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
 * Houlsby's adapters (arXiv 1902.00751), the LoRA paper's Adapter-H: a bottleneck with swish on the
 * output of both sublayers, before the residual is added. The base's norms stay frozen.
 */
@JsonTypeName("houlsby")
public record Houlsby(@Key(value = "Width of the bottleneck, r.", min = 1) Integer rank)
    implements Method {

  public Houlsby {
    rank = Setting.atLeast("rank", rank == null ? 8 : rank, 1);
  }

  @Override
  public String summary() {
    return "Adapter-H: bottlenecks after both sublayers";
  }

  @Override
  public String source() {
    return "arXiv 1902.00751";
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
    return Optional.of(Bottleneck.at(at.path(), at.width(), rank, Activation.SILU, params));
  }
}
