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
 * TLoRA (arXiv 2504.18735): {@code y = x W0^T + b + dropout(alpha * x A B C)}.
 *
 * <p>A (in, r) ~ N(0, 1/(3r)) and C (r, out) ~ N(0, 1/(3 out)) are frozen; B (r, r) starts at 0 and
 * one alpha per matrix starts at 1, both trained: r^2 + 1 parameters a matrix. The variances are
 * what the authors' {@code kaiming_normal_(a=sqrt(5))} gives for these shapes; there is no 1/r.
 *
 * @param rank r
 * @param targets the adapted matrices
 * @param dropout share of the update's outputs dropped in training (the authors use 0.5)
 * @param storeFixed whether A and C go into the adapter file, or only their seed and checksum
 */
@JsonTypeName("tlora")
public record TLora(Integer rank, List<String> targets, Double dropout, Boolean storeFixed)
    implements Method {

  public TLora {
    rank = Setting.atLeast("rank", rank == null ? 8 : rank, 1);
    targets = new Targets(targets == null ? Targets.DEFAULT : targets).names();
    dropout = Setting.probability("dropout", dropout == null ? 0.0 : dropout);
    storeFixed = storeFixed != null && storeFixed;
  }

  /** All defaults: rank 8 on query and value, no dropout. */
  public static TLora defaults() {
    return new TLora(null, null, null, null);
  }

  @Override
  public double defaultLearningRate() {
    return 5e-3;
  }

  @Override
  public boolean storesFixed() {
    return storeFixed;
  }

  @Override
  public Optional<Delta> linear(Site site, ParamTable params) {
    if (!new Targets(targets).match(site)) {
      return Optional.empty();
    }
    double aStd = Math.sqrt(1.0 / (3.0 * rank));
    double cStd = Math.sqrt(1.0 / (3.0 * site.out()));
    String path = site.path();
    Param a = params.declare(path + ".tlora_A", Role.FIXED, Init.normal(aStd), site.in(), rank);
    Param b = params.declare(path + ".tlora_B", Role.ADAPTER, Init.zeros(), rank, rank);
    Param c = params.declare(path + ".tlora_C", Role.FIXED, Init.normal(cStd), rank, site.out());
    Param alpha = params.declare(path + ".tlora_alpha", Role.ADAPTER, Init.ones(), 1);
    return Optional.of(new Update(a, b, c, alpha, dropout));
  }

  private record Update(Param a, Param b, Param c, Param alpha, double dropout)
      implements Delta.LowRank {
    @Override
    public NDArray apply(NDArray x, NDArray y, boolean training) {
      return Ops.tlora(
          x, y, a.array(), b.array(), c.array(), alpha.array(), training ? dropout : 0);
    }

    @Override
    public Factors factors() {
      NDArray up = Ops.tloraUp(b.array(), c.array(), alpha.array());
      return new Factors(a.array().transpose(), up);
    }
  }
}
