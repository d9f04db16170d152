package io.github.tlora.adapter;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.Key;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Site;
import io.github.tlora.nn.Targets;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.Ops;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * DoRA (arXiv 2402.09353): {@code W = m (W0 + (alpha/r) B A) / |W0 + (alpha/r) B A|}, lengths by
 * row of W (out, in).
 *
 * <p>A and B are LoRA's; m (out) starts at the lengths of W0's rows: r (in + out) + out parameters
 * a matrix. As in the paper's section 4.3 the length below the line counts as a constant to the
 * backward pass.
 */
@JsonTypeName("dora")
public record Dora(
    @Key(value = "Rank of the update, r.", min = 1) Integer rank,
    @Key(value = "Numerator of the update's scale, alpha / rank.", above = 0) Double alpha,
    @Key("The adapted matrices: parts such as query, or ends of Hugging Face paths.")
        List<String> targets,
    @Key(value = "Share of the update's inputs dropped in training.", min = 0, below = 1)
        Double dropout,
    @Key("Whether the scale is alpha / sqrt(rank) instead (rsLoRA).") Boolean rankStabilized,
    @Key(
            value = "Other ranks by target: a name, or a regular expression for the end of a path.",
            min = 1)
        Map<String, Integer> rankPattern,
    @Key(value = "Other alphas by target, as in rank_pattern.", above = 0)
        Map<String, Double> alphaPattern)
    implements Method {

  public Dora {
    Lora checked =
        new Lora(rank, alpha, targets, dropout, rankStabilized, rankPattern, alphaPattern, null);
    rank = checked.rank();
    alpha = checked.alpha();
    targets = checked.targets();
    dropout = checked.dropout();
    rankStabilized = checked.rankStabilized();
    rankPattern = checked.rankPattern();
    alphaPattern = checked.alphaPattern();
  }

  @Override
  public List<String> patterns() {
    return direction().patterns();
  }

  /** DoRA whose directions are {@code lora}'s. */
  public static Dora of(Lora lora) {
    return new Dora(
        lora.rank(),
        lora.alpha(),
        lora.targets(),
        lora.dropout(),
        lora.rankStabilized(),
        lora.rankPattern(),
        lora.alphaPattern());
  }

  /** The LoRA inside, without the lengths. */
  public Lora direction() {
    return new Lora(rank, alpha, targets, dropout, rankStabilized, rankPattern, alphaPattern, null);
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
    Lora direction = direction();
    Lora.LoraPair pair = Lora.LoraPair.declare(site, direction.rank(site), Role.ADAPTER, params);
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
            direction.scaling(site),
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
    public boolean readsWeight() {
      return true;
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
