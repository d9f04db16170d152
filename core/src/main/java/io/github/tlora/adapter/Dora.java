package io.github.tlora.adapter;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.Setting;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Site;
import io.github.tlora.nn.Targets;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.Ops;
import java.util.List;
import java.util.Optional;

/**
 * DoRA (arXiv 2402.09353): {@code W = m (W0 + (alpha/r) B A) / |W0 + (alpha/r) B A|}, lengths by
 * row of W (out, in).
 *
 * <p>A and B are LoRA's; m (out) starts at the lengths of W0's rows: r (in + out) + out parameters
 * a matrix. As in the paper's section 4.3 the length below the line counts as a constant to the
 * backward pass.
 *
 * @param rank r
 * @param alpha the scale's numerator
 * @param targets the adapted matrices
 * @param dropout share of the branch's inputs dropped in training
 */
@JsonTypeName("dora")
public record Dora(Integer rank, Double alpha, List<String> targets, Double dropout)
    implements Method {

  public Dora {
    rank = Setting.atLeast("rank", rank == null ? 8 : rank, 1);
    alpha = Setting.positive("alpha", alpha == null ? 16.0 : alpha);
    targets = new Targets(targets == null ? Targets.DEFAULT : targets).names();
    dropout = Setting.probability("dropout", dropout == null ? 0.0 : dropout);
  }

  @Override
  public String summary() {
    return "LoRA with a trained length for each row of the weight";
  }

  @Override
  public String source() {
    return "arXiv 2402.09353";
  }

  @Override
  public double defaultLearningRate() {
    return 2e-3;
  }

  @Override
  public Optional<Delta> linear(Site site, ParamTable params) {
    if (!new Targets(targets).match(site)) {
      return Optional.empty();
    }
    Param weight = params.get(site.path() + ".weight");
    Lora.LoraPair pair = Lora.LoraPair.declare(site, rank, Role.ADAPTER, params);
    Param magnitude =
        params.declare(
            site.path() + ".lora_magnitude_vector", Role.ADAPTER, lengths(weight), site.out());
    return Optional.of(
        new Update(
            weight,
            params.get(site.path() + ".bias"),
            pair.a(),
            pair.b(),
            magnitude,
            alpha / rank,
            dropout));
  }

  private static Init lengths(Param weight) {
    return (count, stream) -> {
      try (NDArray norms = Ops.rowNorms(weight.array())) {
        return norms.toFloatArray();
      }
    };
  }

  private record Update(
      Param weight, Param bias, Param a, Param b, Param m, double scaling, double dropout)
      implements Delta {
    @Override
    public NDArray apply(NDArray x, NDArray y, boolean training) {
      return Ops.dora(
          x,
          y,
          weight.array(),
          bias == null ? null : bias.array(),
          a.array(),
          b.array(),
          m.array(),
          scaling,
          training ? dropout : 0);
    }

    @Override
    public NDArray weight(NDArray w0) {
      NDArray sum = Ops.loraWeight(w0, a.array(), b.array(), scaling);
      return sum.mul(lengths().div(norms(w0)));
    }

    @Override
    public NDArray norms(NDArray w0) {
      return Ops.doraNorms(w0, a.array(), b.array(), scaling);
    }

    @Override
    public NDArray base(NDArray merged, NDArray norms) {
      NDArray sum = merged.mul(norms.div(lengths()));
      return Ops.loraWeight(sum, a.array(), b.array(), -scaling);
    }

    /** m as a column. */
    private NDArray lengths() {
      return m.array().expandDims(1);
    }
  }
}
