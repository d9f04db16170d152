package io.github.tlora.adapter;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.Key;
import io.github.tlora.Setting;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Factors;
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
import java.util.stream.Stream;

/**
 * LoRA (arXiv 2106.09685): {@code y = x W0^T + b + (alpha/r) * dropout(x) A^T B^T}.
 *
 * <p>A (r, in) ~ U(-1/sqrt(in), 1/sqrt(in)), as the authors' {@code kaiming_uniform_(a=sqrt(5))}
 * gives; B (out, r) starts at 0. Both are trained: r (in + out) parameters a matrix.
 */
@JsonTypeName("lora")
public record Lora(
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
        Map<String, Double> alphaPattern,
    @Key(value = "Learning rate of B over that of A (LoRA+).", above = 0) Double loraplusLrRatio)
    implements Method {

  public Lora {
    rank = Setting.atLeast("rank", rank == null ? 8 : rank, 1);
    alpha = Setting.positive("alpha", alpha == null ? 16.0 : alpha);
    targets = new Targets(targets == null ? Targets.DEFAULT : targets).names();
    dropout = Setting.probability("dropout", dropout == null ? 0.0 : dropout);
    rankStabilized = rankStabilized != null && rankStabilized;
    rankPattern = Targets.patterns("rank_pattern", rankPattern);
    rankPattern.values().forEach(r -> Setting.atLeast("rank_pattern", r, 1));
    alphaPattern = Targets.patterns("alpha_pattern", alphaPattern);
    alphaPattern.values().forEach(a -> Setting.positive("alpha_pattern", a));
    loraplusLrRatio =
        Setting.positive("loraplus_lr_ratio", loraplusLrRatio == null ? 1.0 : loraplusLrRatio);
  }

  /** Plain LoRA with these settings. */
  public Lora(Integer rank, Double alpha, List<String> targets, Double dropout) {
    this(rank, alpha, targets, dropout, null, null, null, null);
  }

  @Override
  public String summary() {
    return "W0 + (alpha/r) B A";
  }

  @Override
  public String source() {
    return "arXiv 2106.09685";
  }

  @Override
  public boolean hasLora() {
    return true;
  }

  @Override
  public double defaultLearningRate() {
    return 2e-3;
  }

  @Override
  public List<String> patterns() {
    return Stream.concat(rankPattern.keySet().stream(), alphaPattern.keySet().stream()).toList();
  }

  /** The rank at {@code site}. */
  public int rank(Site site) {
    return Targets.find(rankPattern, site).orElse(rank);
  }

  /** Alpha at {@code site}. */
  public double alpha(Site site) {
    return Targets.find(alphaPattern, site).orElse(alpha);
  }

  /** The scale at {@code site}: alpha / r, or alpha / sqrt(r). */
  public double scaling(Site site) {
    int r = rank(site);
    return alpha(site) / (rankStabilized ? Math.sqrt(r) : r);
  }

  @Override
  public Optional<Delta> linear(Site site, ParamTable params) {
    if (!new Targets(targets).match(site)) {
      return Optional.empty();
    }
    LoraPair pair = LoraPair.declare(site, rank(site), Role.ADAPTER, params);
    pair.b().withRateFactor(loraplusLrRatio);
    return Optional.of(new Update(pair.a(), pair.b(), scaling(site), dropout));
  }

  /** LoRA's branch, whoever of its two matrices is trained. */
  record Update(Param a, Param b, double scaling, double dropout) implements Delta.LowRank {
    @Override
    public NDArray apply(NDArray x, NDArray y, boolean training) {
      return Ops.lora(x, y, a.array(), b.array(), scaling, training ? dropout : 0);
    }

    @Override
    public Factors factors() {
      return new Factors(a.array(), Ops.scaled(b.array(), scaling));
    }
  }

  /** LoRA's two matrices: A (r, in) and B (out, r). */
  record LoraPair(Param a, Param b) {
    static LoraPair declare(Site site, int rank, Role roleOfA, ParamTable params) {
      Init uniform = Init.uniform(1.0 / Math.sqrt(site.in()));
      String path = site.path();
      return new LoraPair(
          params.declare(path + ".lora_A.weight", roleOfA, uniform, rank, site.in()),
          params.declare(path + ".lora_B.weight", Role.ADAPTER, Init.zeros(), site.out(), rank));
    }
  }
}
