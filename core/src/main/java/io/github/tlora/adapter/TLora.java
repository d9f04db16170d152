package io.github.tlora.adapter;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonValue;
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
 * TLoRA (arXiv 2504.18735): {@code y = x W0^T + b + dropout(alpha * x A B C)}.
 *
 * <p>A (in, r) and C (r, out) are frozen; B (r, r) starts at 0 and alpha at 1, both trained: r^2 +
 * 1 parameters a matrix. There is no 1/r.
 */
@JsonTypeName("tlora")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TLora(
    @Key(value = "Rank of the update, r.", min = 1) Integer rank,
    @Key("The adapted matrices: parts such as query, or ends of Hugging Face paths.")
        List<String> targets,
    @Key(
            "How the frozen A and C start: as in the authors' code, by fan-in, orthogonal, or from an SVD.")
        FixedInit init,
    @Key("Whether each matrix or each layer has a trained alpha, or none has (fixed at 1).")
        AlphaPer alpha,
    @Key(value = "Peak learning rate of alpha.", unset = "train.learning_rate", min = 0)
        Double alphaLearningRate,
    @Key(value = "Whether weight decay acts on alpha.", unset = "as train.decay says")
        Boolean alphaDecays,
    @Key(value = "Share dropped in training; the authors use 0.5.", min = 0, below = 1)
        Double dropout,
    @Key("What is dropped: the update's outputs, as the authors do, or its inputs.")
        DropoutOn dropoutOn,
    @Key("Whether A and C go into the adapter's file, or only their seed and checksums.")
        Boolean storeFixed)
    implements Method {

  /** How A and C start. */
  public enum FixedInit {
    /**
     * N(0, 1/(3r)) and N(0, 1/(3 out)): what the authors' {@code kaiming_normal_(a=sqrt(5))} gives
     * for these shapes, whose second dimension it takes for the number of inputs.
     */
    REFERENCE,
    /** N(0, 1/(3 in)) and N(0, 1/(3r)): the same initialisation by what each matrix reads. */
    FAN_IN,
    /** Orthonormal columns of A and rows of C. */
    ORTHOGONAL,
    /** The base weight's largest singular values and vectors, as in LoRA-XS. */
    SVD;

    @JsonValue
    String word() {
      return Setting.word(this);
    }
  }

  /** How many alphas there are. */
  public enum AlphaPer {
    MATRIX,
    LAYER,
    /** Alpha stays 1. */
    FIXED;

    @JsonValue
    String word() {
      return Setting.word(this);
    }
  }

  /** What is dropped in training: the update's outputs, as the authors do, or its inputs. */
  public enum DropoutOn {
    UPDATE,
    INPUT;

    @JsonValue
    String word() {
      return Setting.word(this);
    }
  }

  public TLora {
    rank = Setting.atLeast("rank", rank == null ? 8 : rank, 1);
    targets = new Targets(targets == null ? Targets.DEFAULT : targets).names();
    init = init == null ? FixedInit.REFERENCE : init;
    alpha = alpha == null ? AlphaPer.MATRIX : alpha;
    if (alphaLearningRate != null) {
      Setting.notNegative("alpha_learning_rate", alphaLearningRate);
    }
    dropout = Setting.probability("dropout", dropout == null ? 0.0 : dropout);
    dropoutOn = dropoutOn == null ? DropoutOn.UPDATE : dropoutOn;
    storeFixed = storeFixed != null && storeFixed;
  }

  /** The reference implementation's choices, but for these settings. */
  public TLora(Integer rank, List<String> targets, Double dropout, Boolean storeFixed) {
    this(rank, targets, null, null, null, null, dropout, null, storeFixed);
  }

  /** All defaults: rank 8 on query and value, no dropout. */
  public static TLora defaults() {
    return new TLora(null, null, null, null);
  }

  @Override
  public String summary() {
    return "W0 + alpha A B C, with A and C random and frozen";
  }

  @Override
  public String source() {
    return "arXiv 2504.18735";
  }

  @Override
  public boolean hasLora() {
    return true;
  }

  @Override
  public double defaultLearningRate() {
    return 5e-3;
  }

  /** A decomposition's bits depend on the machine: then A and C are stored. */
  @Override
  public boolean storesFixed() {
    return storeFixed || init == FixedInit.SVD;
  }

  @Override
  public Optional<Delta> linear(Site site, ParamTable params) {
    if (!new Targets(targets).match(site)) {
      return Optional.empty();
    }
    Init[] inits = inits(site, params);
    String path = site.path();
    Param a = params.declare(path + ".tlora_A", Role.FIXED, inits[0], site.in(), rank);
    Param b = params.declare(path + ".tlora_B", Role.ADAPTER, Init.zeros(), rank, rank);
    Param c = params.declare(path + ".tlora_C", Role.FIXED, inits[1], rank, site.out());
    return Optional.of(new Update(a, b, c, alpha(site, params), dropout, dropoutOn));
  }

  /** First values of A and of C. */
  private Init[] inits(Site site, ParamTable params) {
    return switch (init) {
      case REFERENCE -> new Init[] {kaiming(rank), kaiming(site.out())};
      case FAN_IN -> new Init[] {kaiming(site.in()), kaiming(rank)};
      case ORTHOGONAL ->
          new Init[] {Init.orthogonal(site.in(), rank), Init.orthogonal(rank, site.out())};
      case SVD -> {
        TopSingular base = TopSingular.of(site, params, rank);
        yield new Init[] {base.downTransposed(), base.upTransposed()};
      }
    };
  }

  private static Init kaiming(int fan) {
    return Init.normal(Math.sqrt(1.0 / (3.0 * fan)));
  }

  private Param alpha(Site site, ParamTable params) {
    String name = (alpha == AlphaPer.LAYER ? site.layerPath() : site.path()) + ".tlora_alpha";
    if (params.get(name) != null) {
      return params.get(name);
    }
    Role role = alpha == AlphaPer.FIXED ? Role.FIXED : Role.ADAPTER;
    return params
        .declare(name, role, Init.ones(), 1)
        .withDecay(alphaDecays)
        .withLearningRate(alphaLearningRate);
  }

  private record Update(Param a, Param b, Param c, Param alpha, double dropout, DropoutOn dropoutOn)
      implements Delta.LowRank {
    @Override
    public NDArray apply(NDArray x, NDArray y, boolean training) {
      double share = training ? dropout : 0;
      boolean onInput = dropoutOn == DropoutOn.INPUT;
      return Ops.tlora(
          onInput ? Ops.dropout(x, share) : x,
          y,
          a.array(),
          b.array(),
          c.array(),
          alpha.array(),
          onInput ? 0 : share);
    }

    @Override
    public Factors factors() {
      NDArray up = Ops.tloraUp(b.array(), c.array(), alpha.array());
      return new Factors(a.array().transpose(), up);
    }
  }
}
