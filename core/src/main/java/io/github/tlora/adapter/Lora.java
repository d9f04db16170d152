package io.github.tlora.adapter;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
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
import java.util.Optional;

/**
 * LoRA (arXiv 2106.09685): {@code y = x W0^T + b + (alpha/r) * dropout(x) A^T B^T}.
 *
 * <p>A (r, in) ~ U(-1/sqrt(in), 1/sqrt(in)), as the authors' {@code kaiming_uniform_(a=sqrt(5))}
 * gives; B (out, r) starts at 0. Both are trained: r (in + out) parameters a matrix.
 *
 * @param rank r
 * @param alpha the scale's numerator
 * @param targets the adapted matrices
 * @param dropout share of the branch's inputs dropped in training
 */
@JsonTypeName("lora")
public record Lora(Integer rank, Double alpha, List<String> targets, Double dropout)
    implements Method {

  public Lora {
    rank = Setting.atLeast("rank", rank == null ? 8 : rank, 1);
    alpha = Setting.positive("alpha", alpha == null ? 16.0 : alpha);
    targets = new Targets(targets == null ? Targets.DEFAULT : targets).names();
    dropout = Setting.probability("dropout", dropout == null ? 0.0 : dropout);
  }

  @Override
  public double defaultLearningRate() {
    return 2e-3;
  }

  /** alpha / r. */
  public double scaling() {
    return alpha / rank;
  }

  @Override
  public Optional<Delta> linear(Site site, ParamTable params) {
    if (!new Targets(targets).match(site)) {
      return Optional.empty();
    }
    double bound = 1.0 / Math.sqrt(site.in());
    String path = site.path();
    Param a =
        params.declare(path + ".lora_A.weight", Role.ADAPTER, Init.uniform(bound), rank, site.in());
    Param b = params.declare(path + ".lora_B.weight", Role.ADAPTER, Init.zeros(), site.out(), rank);
    return Optional.of(new Update(a, b, scaling(), dropout));
  }

  private record Update(Param a, Param b, double scaling, double dropout) implements Delta.LowRank {
    @Override
    public NDArray apply(NDArray x, NDArray y, boolean training) {
      return Ops.lora(x, y, a.array(), b.array(), scaling, training ? dropout : 0);
    }

    @Override
    public Factors factors() {
      return new Factors(a.array(), Ops.scaled(b.array(), scaling));
    }
  }
}
