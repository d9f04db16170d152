package io.github.tlora.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
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
 * VeRA (arXiv 2310.11454): {@code y = x W0^T + b + diag(b) B diag(d) A dropout(x)}.
 *
 * <p>A (r, in) and B (out, r) are random, frozen and the same for all matrices, which use their
 * first columns and rows; the vectors d (r) and b (out) are trained: out + r parameters a matrix. A
 * and B are uniform with variances 2/in and 2/r as in PEFT, and stored as PEFT stores them.
 */
@JsonTypeName("vera")
public record Vera(
    @Key(value = "Rank of the update, r.", min = 1) Integer rank,
    @Key("The adapted matrices: parts such as query, or ends of Hugging Face paths.")
        List<String> targets,
    @Key(value = "Share of the update's inputs dropped in training.", min = 0, below = 1)
        Double dropout,
    @Key(value = "First value of the trained vector d.", above = 0) Double dInitial)
    implements Method {
  /** Names of the matrices that all sites share, as in PEFT's files. */
  public static final String A = "vera_A";

  public static final String B = "vera_B";

  public Vera {
    rank = Setting.atLeast("rank", rank == null ? 256 : rank, 1);
    targets = new Targets(targets == null ? Targets.DEFAULT : targets).names();
    dropout = Setting.probability("dropout", dropout == null ? 0.0 : dropout);
    dInitial = Setting.positive("d_initial", dInitial == null ? 0.1 : dInitial);
  }

  @Override
  public String summary() {
    return "W0 + diag(b) B diag(d) A, one random B and A for all";
  }

  @Override
  public String source() {
    return "arXiv 2310.11454";
  }

  @Override
  public boolean hasLora() {
    return true;
  }

  @Override
  public double defaultLearningRate() {
    return 2e-2;
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
    Param a = params.declareShared(A, Role.FIXED, Vera::uniform, rank, site.in());
    Param b = params.declareShared(B, Role.FIXED, Vera::uniform, site.out(), rank);
    String path = site.path();
    Param d = params.declare(path + ".vera_lambda_d", Role.ADAPTER, Init.filled(dInitial), rank);
    Param e = params.declare(path + ".vera_lambda_b", Role.ADAPTER, Init.zeros(), site.out());
    return Optional.of(new Update(site.in(), a, b, d, e, dropout));
  }

  /** PEFT's Kaiming initialisation: gain sqrt(2), by the number of columns. */
  private static Init uniform(Shape shape) {
    return Init.uniform(Math.sqrt(6.0 / shape.get(1)));
  }

  /** {@code e} is the paper's b, which would be another bias here. */
  private record Update(int in, Param a, Param b, Param d, Param e, double dropout)
      implements Delta.LowRank {
    @Override
    public NDArray apply(NDArray x, NDArray y, boolean training) {
      return Ops.vera(x, y, a.array(), b.array(), d.array(), e.array(), training ? dropout : 0);
    }

    @Override
    public Factors factors() {
      return new Factors(
          Ops.firstColumns(a.array(), in), Ops.veraUp(b.array(), d.array(), e.array()));
    }
  }
}
