package io.github.tlora.adapter;

import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.Key;
import io.github.tlora.Setting;
import io.github.tlora.nn.Hook;
import io.github.tlora.nn.Layer;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Prefix;
import java.util.Optional;

/**
 * Prefix-layer tuning (arXiv 2106.09685, section 5.1): prefix-embedding tuning whose vectors are
 * replaced by other trained ones after each layer. Nothing reads those after the last layer, so
 * that there are L sets of vectors, one for the input of each layer: L l D parameters.
 */
@JsonTypeName("prefix-layer")
public record PrefixLayer(
    @Key(value = "How many trained vectors the prefix has.", min = 1) Integer length)
    implements Method {

  public PrefixLayer {
    length = Setting.atLeast("length", length == null ? 16 : length, 1);
  }

  @Override
  public String summary() {
    return "PreLayer: trained vectors at the input of each layer";
  }

  @Override
  public String source() {
    return "arXiv 2106.09685";
  }

  @Override
  public String size() {
    return "length " + length;
  }

  @Override
  public double defaultLearningRate() {
    return 3e-2;
  }

  @Override
  public Optional<String> mergeObstacle() {
    return PrefixEmbedding.OBSTACLE;
  }

  @Override
  public Optional<Prefix> input(String path, int width, ParamTable params) {
    return Optional.of(PrefixEmbedding.declare(path, length, width, params));
  }

  @Override
  public Optional<Hook> layerOutput(Layer layer, ParamTable params) {
    if (layer.isLast()) {
      return Optional.empty();
    }
    Prefix prefix = PrefixEmbedding.declare(layer.path(), length, layer.width(), params);
    return Optional.of((x, training) -> prefix.replaceIn(x));
  }
}
