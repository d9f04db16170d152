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
import java.util.Optional;

/**
 * LoRA-XS (arXiv 2405.17604): {@code y = x W0^T + b + (alpha/r) * dropout(x) A^T R^T B^T}.
 *
 * <p>A (r, in) = diag(S) V^T and B (out, r) = U come from the r largest singular values of W0 = U
 * diag(S) V^T and are frozen; R (r, r) ~ N(0, 1e-10) is trained: r^2 parameters a matrix. A and B
 * are stored: a decomposition's last bits depend on the machine.
 */
@JsonTypeName("lora-xs")
public record LoraXs(
    @Key(value = "Rank of the update, r.", min = 1) Integer rank,
    @Key(value = "Numerator of the update's scale, alpha / rank.", above = 0) Double alpha,
    @Key("The adapted matrices: parts such as query, or ends of Hugging Face paths.")
        List<String> targets,
    @Key(value = "Share of the update's inputs dropped in training.", min = 0, below = 1)
        Double dropout)
    implements Method {
  /** Standard deviation of R's first values, as in the authors' code. */
  static final double DEVIATION = 1e-5;

  private static final List<String> FOUR = List.of("query", "value", "attention_output", "output");

  public LoraXs {
    rank = Setting.atLeast("rank", rank == null ? 16 : rank, 1);
    alpha = Setting.positive("alpha", alpha == null ? 16.0 : alpha);
    targets = new Targets(targets == null ? FOUR : targets).names();
    dropout = Setting.probability("dropout", dropout == null ? 0.0 : dropout);
  }

  @Override
  public String summary() {
    return "W0 + (alpha/r) B R A, with B and A from the SVD of W0";
  }

  @Override
  public String source() {
    return "arXiv 2405.17604";
  }

  @Override
  public boolean hasLora() {
    return true;
  }

  @Override
  public double defaultLearningRate() {
    return 5e-3;
  }

  @Override
  public boolean storesFixed() {
    return true;
  }

  @Override
  public Optional<Delta> linear(Site site, ParamTable params) {
    if (!new Targets(targets).match(site)) {
      return Optional.empty();
    }
    TopSingular base = TopSingular.of(site, params, rank);
    Init small = Init.normal(DEVIATION);
    String path = site.path();
    Param a = params.declare(path + ".lora_xs_A", Role.FIXED, base.down(), rank, site.in());
    Param r = params.declare(path + ".lora_xs_R", Role.ADAPTER, small, rank, rank);
    Param b = params.declare(path + ".lora_xs_B", Role.FIXED, base.up(), site.out(), rank);
    return Optional.of(new Update(a, r, b, alpha / rank, dropout));
  }

  private record Update(Param a, Param r, Param b, double scaling, double dropout)
      implements Delta.LowRank {
    @Override
    public NDArray apply(NDArray x, NDArray y, boolean training) {
      return Ops.loraXs(x, y, a.array(), r.array(), b.array(), scaling, training ? dropout : 0);
    }

    @Override
    public Factors factors() {
      return new Factors(a.array(), Ops.scaled(b.array().matMul(r.array()), scaling));
    }
  }
}
