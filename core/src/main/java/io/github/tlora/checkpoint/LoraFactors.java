package io.github.tlora.checkpoint;

import ai.djl.ndarray.NDManager;
import io.github.tlora.adapter.Lora;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Factors;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Site;
import io.github.tlora.tensor.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The LoRA that a model's updates equal. */
public final class LoraFactors {
  private LoraFactors() {}

  /**
   * The LoRA of the same effect as {@code model}'s method: alpha is the rank everywhere, so that
   * the scale is 1. Empty where some update is none, or where nothing is adapted.
   *
   * @param model with values
   */
  public static Optional<Lora> method(SequenceClassifier model) {
    Map<Site, Integer> ranks = new LinkedHashMap<>();
    for (Projection projection : adapted(model)) {
      Optional<Update> update = update(projection);
      if (update.isEmpty()) {
        return Optional.empty();
      }
      ranks.put(projection.site(), update.get().rank());
    }
    return ranks.isEmpty() ? Optional.empty() : Optional.of(method(model, ranks));
  }

  /**
   * The LoRA that has these ranks, and a scale of 1, at these matrices and at no other.
   *
   * @param model any on the same encoder
   */
  static Lora method(SequenceClassifier model, Map<Site, Integer> ranks) {
    int largest = ranks.values().stream().max(Integer::compare).orElseThrow();
    Map<Site, Double> alphas = new LinkedHashMap<>();
    ranks.forEach((site, rank) -> alphas.put(site, (double) rank));
    Set<String> others =
        model.params().of(Role.BASE, Role.HEAD).stream()
            .map(param -> param.name().substring(0, param.name().lastIndexOf('.')))
            .collect(Collectors.toSet());
    ranks.keySet().forEach(site -> others.remove(site.path()));
    ModuleNames names = new ModuleNames(ranks.keySet(), others);
    return new Lora(
        largest,
        (double) largest,
        List.copyOf(names.suffixes()),
        0.0,
        false,
        names.patterns(ranks, largest),
        names.patterns(alphas, (double) largest),
        null);
  }

  private static List<Projection> adapted(SequenceClassifier model) {
    return model.projections().stream().filter(p -> p.delta().isPresent()).toList();
  }

  /**
   * Gives {@code lora}, built for {@link #method} on the same base, the updates of {@code model}
   * and whatever else an adapter's file has of it: head and changed weights of the base.
   */
  public static void copy(SequenceClassifier model, SequenceClassifier lora, NDManager manager) {
    for (Param param : model.params().of(Role.BASE, Role.HEAD)) {
      Param target = lora.params().get(param.name());
      if (param.role() == Role.HEAD || model.changes(param)) {
        target.set(param.array().duplicate());
      }
      if (param.role() == Role.BASE && model.changes(param)) {
        lora.replace(target);
      }
    }
    for (Projection projection : adapted(model)) {
      update(projection).orElseThrow().fill(projection.site(), lora, manager);
    }
  }

  /** A LoRA's matrices, row by row: as copies, since a factor may be a parameter's own array. */
  record Update(int rank, float[] down, float[] up) {
    static Update of(Factors factors) {
      return new Update(factors.rank(), factors.down().toFloatArray(), factors.up().toFloatArray());
    }

    /** Gives {@code lora} these matrices at {@code site}. */
    void fill(Site site, SequenceClassifier lora, NDManager manager) {
      lora.params().get(site.path() + ".lora_A.weight").fill(down, manager);
      lora.params().get(site.path() + ".lora_B.weight").fill(up, manager);
    }
  }

  @SuppressWarnings("try") // the scope closes what is made in it
  private static Optional<Update> update(Projection projection) {
    try (Scope step = Scope.inference(projection.weight().array().getManager())) {
      return projection.delta().flatMap(Delta::asLora).map(Update::of);
    }
  }
}
