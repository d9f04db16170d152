package io.github.tlora.adapter;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.Key;
import io.github.tlora.Setting;
import io.github.tlora.nn.Hook;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Sublayer;
import java.util.Optional;

/**
 * AdapterDrop (arXiv 2010.11918), the LoRA paper's Adapter-D: Pfeiffer's adapters, and none in the
 * lowest layers.
 */
@JsonTypeName("adapter-drop")
public record AdapterDrop(
    @Key(value = "Width of the bottleneck, r.", min = 1) Integer rank,
    @Key(value = "How many of the lowest layers have no adapter.", min = 0) Integer droppedLayers)
    implements Method {

  public AdapterDrop {
    rank = Setting.atLeast("rank", rank == null ? 16 : rank, 1);
    droppedLayers = Setting.atLeast("dropped_layers", droppedLayers == null ? 5 : droppedLayers, 0);
  }

  @Override
  public String summary() {
    return "Adapter-D: Adapter-P without the lowest layers";
  }

  @Override
  public String source() {
    return "arXiv 2010.11918";
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
    return at.layer() < droppedLayers ? Optional.empty() : new Pfeiffer(rank).sublayer(at, params);
  }
}
