package io.github.tlora.doctor;

import io.github.tlora.UserError;
import io.github.tlora.model.BaseWeights;
import io.github.tlora.nn.Param;
import io.github.tlora.tensor.WeightSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Which tensors of a checkpoint serve declared parameters, as {@link BaseWeights#load} would find
 * them.
 *
 * @param declared number of parameters
 * @param used names in the checkpoint
 * @param missing names of parameters that the checkpoint does not have
 * @param unfit what is wrong with tensors of another shape or of a type that weights do not have
 */
record TensorMatch(int declared, List<String> used, List<String> missing, List<String> unfit) {

  static TensorMatch of(Collection<Param> params, WeightSource source, String prefix) {
    TensorMatch match =
        new TensorMatch(params.size(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (Param param : params) {
      Optional<String> stored = BaseWeights.storedName(param.name(), prefix, source);
      if (stored.isEmpty()) {
        match.missing.add(param.name());
      } else {
        match.used.add(stored.get());
        fault(param, stored.get(), source).ifPresent(match.unfit::add);
      }
    }
    return match;
  }

  private static Optional<String> fault(Param param, String stored, WeightSource source) {
    Optional<String> misfit = param.misfit(stored, source.shape(stored));
    if (misfit.isPresent()) {
      return misfit;
    }
    try {
      source.dtype(stored);
      return Optional.empty();
    } catch (UserError e) {
      return Optional.of(stored + " is " + source.storedType(stored) + ", not F32, F16 or BF16");
    }
  }

  boolean isWhole() {
    return missing.isEmpty() && unfit.isEmpty();
  }

  /** Tensors that can be loaded as they are. */
  int fitting() {
    return used.size() - unfit.size();
  }

  /** Everything that is wrong, the first few by name. */
  String faults() {
    List<String> faults =
        new ArrayList<>(missing.stream().map(name -> name + " is missing").toList());
    faults.addAll(unfit);
    return UserError.several(faults, 4);
  }

  /** How the checkpoint spells the names: with or without the family's prefix, old or new. */
  String spelling(String prefix) {
    long full = used.stream().filter(name -> name.startsWith(prefix + ".")).count();
    long old = used.stream().filter(name -> name.matches(".*LayerNorm\\.(gamma|beta)")).count();
    String names =
        full == used.size()
            ? "named with '" + prefix + ".'"
            : full == 0
                ? "named without '" + prefix + ".'"
                : full + " of them named with '" + prefix + ".'";
    return names + (old == 0 ? "" : ", " + old + " by the old names gamma and beta");
  }
}
