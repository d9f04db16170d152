package io.github.tlora.nn;

import io.github.tlora.UserError;
import io.github.tlora.tensor.Init;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An encoder under construction: where its parameters are declared and a method's changes attached.
 */
public final class Wiring {
  private final Slots slots;
  private final ParamTable params;
  private final Precision precision = new Precision();
  private final List<Projection> projections = new ArrayList<>();
  private final Map<Sublayer, Hook> sublayers = new LinkedHashMap<>();
  private final Map<Layer, Hook> outputs = new LinkedHashMap<>();
  private final Double headDropout;
  private Optional<Prefix> prefix = Optional.empty();

  public Wiring(Slots slots, ParamTable params) {
    this(slots, params, null);
  }

  /**
   * The same with a head whose dropout is set.
   *
   * @param headDropout null leaves it to the model
   */
  public Wiring(Slots slots, ParamTable params, Double headDropout) {
    this.slots = slots;
    this.params = params;
    this.headDropout = headDropout;
  }

  public ParamTable params() {
    return params;
  }

  /** What a head drops in training, where the model itself would drop {@code ofModel}. */
  public double headDropout(double ofModel) {
    return headDropout == null ? ofModel : headDropout;
  }

  /** In which type everything that is wired here computes its products. */
  public Precision precision() {
    return precision;
  }

  /** Declares a base weight; it has no first values but those of the checkpoint. */
  public Param base(String name, long... shape) {
    return params.declare(name, Role.BASE, Init.zeros(), shape);
  }

  /** Declares a base weight that is a bias term. */
  public Param bias(String name, long width) {
    return base(name, width).asBias();
  }

  /** Declares a linear layer that a method may change. */
  public Projection projection(int layer, Part part, String path, int in, int out) {
    return projection(new Site(layer, part, path, in, out), true);
  }

  /** Declares a linear layer that a method may change, with or without a bias. */
  public Projection projection(Site site, boolean hasBias) {
    Param weight = base(site.path() + ".weight", site.out(), site.in());
    Param bias = hasBias ? bias(site.path() + ".bias", site.out()) : null;
    Projection projection =
        new Projection(site, weight, bias, slots.linear(site, params).orElse(null), precision);
    projections.add(projection);
    return projection;
  }

  /** What acts on a sublayer's output before the residual is added, if anything does. */
  Optional<Hook> sublayer(Sublayer sublayer) {
    Optional<Hook> hook = slots.sublayer(sublayer, params);
    hook.ifPresent(h -> sublayers.put(sublayer, h));
    return hook;
  }

  /** What acts on a layer's output. */
  public Hook layerOutput(Layer layer) {
    Optional<Hook> hook = slots.layerOutput(layer, params);
    hook.ifPresent(h -> outputs.put(layer, h));
    return hook.orElse(Hook.NONE);
  }

  /** The positions that are added to the embeddings' output, if any are. */
  public Optional<Prefix> prefix(String path, int width) {
    prefix = slots.input(path, width, params);
    return prefix;
  }

  /** Declares a layer normalisation. */
  public LayerNorm layerNorm(String path, int width, double epsilon) {
    return new LayerNorm(base(path + ".weight", width), bias(path + ".bias", width), epsilon);
  }

  /** Every linear layer that a method may change, in order. */
  public List<Projection> projections() {
    return List.copyOf(projections);
  }

  /** What the method attached, by place. */
  public Attachments attachments() {
    Map<Site, Delta> deltas = new LinkedHashMap<>();
    projections.forEach(p -> p.delta().ifPresent(delta -> deltas.put(p.site(), delta)));
    return new Attachments(deltas, sublayers, outputs, prefix);
  }

  /**
   * Checks that every one of {@code targets} meant at least one matrix.
   *
   * @throws UserError exit 2, with the names that exist
   */
  public static void requireTargets(List<String> targets, List<Projection> projections) {
    for (String target : targets) {
      if (projections.stream().noneMatch(p -> Targets.matches(target, p.site()))) {
        List<String> known =
            projections.stream()
                .filter(p -> p.site().layer() == 0)
                .map(p -> p.site().part().label() + " (" + p.site().pathInLayer() + ")")
                .distinct()
                .toList();
        throw UserError.usage(
            "adapter.targets: '"
                + target
                + "' matches no matrix of this model. Known targets: "
                + String.join(", ", known));
      }
    }
  }

  /**
   * Checks that every one of {@code patterns} means at least one adapted matrix.
   *
   * @throws UserError exit 2, with the paths of those in the first layer
   */
  public static void requirePatterns(List<String> patterns, List<Projection> projections) {
    List<Site> adapted =
        projections.stream().filter(p -> p.delta().isPresent()).map(Projection::site).toList();
    for (String pattern : patterns) {
      if (adapted.stream().noneMatch(site -> Targets.means(pattern, site))) {
        throw UserError.usage(
            "adapter: the pattern '"
                + pattern
                + "' matches no adapted matrix. Adapted: "
                + adapted.stream()
                    .filter(site -> site.layer() == 0)
                    .map(site -> site.part().label() + " (" + site.pathInLayer() + ")")
                    .distinct()
                    .collect(Collectors.joining(", ")));
      }
    }
  }
}
