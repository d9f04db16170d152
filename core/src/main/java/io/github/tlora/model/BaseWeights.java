package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import io.github.tlora.nn.Param;
import io.github.tlora.tensor.DirectMemory;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.WeightSource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Loads a checkpoint's weights into declared parameters, strictly: everything missing or of another
 * shape is reported at once.
 */
public final class BaseWeights {
  private BaseWeights() {}

  /**
   * Fills {@code params}.
   *
   * <p>A weight is looked up with and without the family's prefix, and by the {@code gamma} and
   * {@code beta} of old files.
   *
   * @param prefix the family's prefix, such as {@code bert}
   * @return SHA-256 over name, shape and float32 values of every parameter in order: the same
   *     weights in another file format give the same hash
   * @throws UserError exit 3 with every missing or misshapen tensor
   */
  public static String load(
      Collection<Param> params, WeightSource source, String prefix, NDManager manager) {
    List<String> problems = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (Param param : params) {
      String name = stored(param.name(), prefix, source);
      names.add(name);
      if (name == null) {
        problems.add(param.name() + " is missing");
      } else {
        param.misfit(name, source.shape(name)).ifPresent(problems::add);
      }
    }
    if (!problems.isEmpty()) {
      throw UserError.file(
          source.location() + ": does not fit its config.json: " + UserError.several(problems, 8));
    }
    MessageDigest digest = Sha256.start();
    int i = 0;
    for (Param param : params) {
      String name = names.get(i++);
      digest.update(heading(param).getBytes(StandardCharsets.UTF_8));
      Dtype stored = source.dtype(name);
      ByteBuffer values = source.bytes(name); // once: mapping it again would count it twice
      stored.digest(values, digest);
      param.fill(values, stored, manager);
      DirectMemory.free(values); // or the whole checkpoint would be in memory twice
    }
    return Sha256.hex(digest);
  }

  /**
   * The largest absolute difference between the values of {@code params} and those that {@code
   * source} has for them, tensor by tensor; not a number where a value is none.
   *
   * @param params in F32, all of which {@code source} has
   */
  public static double largestDifference(
      Collection<Param> params, WeightSource source, String prefix, NDManager manager) {
    double largest = 0;
    for (Param param : params) {
      String name = stored(param.name(), prefix, source);
      try (Scope step = Scope.inference(manager)) {
        NDArray wanted =
            Ops.weight(
                source.bytes(name), source.dtype(name), Dtype.F32, param.shape(), step.manager());
        double difference = Ops.maxAbsDifference(param.array(), wanted);
        largest = difference <= largest ? largest : difference; // NaN too
      }
    }
    return largest;
  }

  /** What stands before a tensor's values in the hash; adapter files depend on it. */
  private static String heading(Param param) {
    String dimensions =
        Arrays.stream(param.shape().getShape())
            .mapToObj(Long::toString)
            .collect(Collectors.joining(", "));
    return param.name() + " BASE (" + dimensions + ")";
  }

  /** Whether {@code source} has a tensor for a parameter called {@code name}. */
  static boolean has(String name, String prefix, WeightSource source) {
    return stored(name, prefix, source) != null;
  }

  /** The name by which {@code source} has a parameter called {@code name}, if it has it. */
  public static Optional<String> storedName(String name, String prefix, WeightSource source) {
    return Optional.ofNullable(stored(name, prefix, source));
  }

  private static String stored(String name, String prefix, WeightSource source) {
    String bare = name.startsWith(prefix + ".") ? name.substring(prefix.length() + 1) : name;
    for (String candidate : List.of(name, bare)) {
      for (String spelling : List.of(candidate, oldSpelling(candidate))) {
        if (source.names().contains(spelling)) {
          return spelling;
        }
      }
    }
    return null;
  }

  private static String oldSpelling(String name) {
    return name.replace("LayerNorm.weight", "LayerNorm.gamma")
        .replace("LayerNorm.bias", "LayerNorm.beta");
  }
}
