package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.github.tlora.UserError;
import io.github.tlora.nn.Param;
import io.github.tlora.tensor.WeightSource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
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
      } else if (!Arrays.equals(source.shape(name), param.shape().getShape())) {
        problems.add(
            name
                + " has shape "
                + Arrays.toString(source.shape(name))
                + ", not "
                + Arrays.toString(param.shape().getShape()));
      }
    }
    if (!problems.isEmpty()) {
      int shown = Math.min(problems.size(), 8);
      throw UserError.file(
          source.location()
              + ": does not fit its config.json: "
              + String.join("; ", problems.subList(0, shown))
              + (problems.size() > shown ? "; and " + (problems.size() - shown) + " more" : ""));
    }
    MessageDigest digest = sha256();
    int i = 0;
    for (Param param : params) {
      ByteBuffer values = source.floats(names.get(i++));
      digest.update(heading(param).getBytes(StandardCharsets.UTF_8));
      digest.update(values.duplicate());
      try (NDArray fromJava = manager.create(values, param.shape(), DataType.FLOAT32)) {
        param.set(fromJava.duplicate()); // owned by the engine, not by the mapped file
      }
    }
    return HexFormat.of().formatHex(digest.digest());
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

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has SHA-256
    }
  }
}
