package io.github.tlora.doctor;

import io.github.tlora.tensor.WeightSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A checkpoint's weights, for programs.
 *
 * @param location the file that is read
 * @param unread other files with weights beside it
 * @param tensors number of tensors stored
 * @param bytes of their values
 * @param dtypes number of tensors by stored type
 * @param encoder which serve the encoder; null where config.json does not say what it needs
 * @param head which serve the head
 * @param ignored names of the others, by what they were for
 */
public record WeightReport(
    String location,
    List<String> unread,
    int tensors,
    long bytes,
    Map<String, Integer> dtypes,
    Served encoder,
    Served head,
    Map<String, List<String>> ignored) {

  /**
   * How far declared parameters are served.
   *
   * @param needed number of parameters
   * @param found number of tensors that fit
   * @param missing names of parameters without a tensor
   * @param unfit what is wrong with the others
   */
  public record Served(int needed, int found, List<String> missing, List<String> unfit) {
    static Served of(TensorMatch match) {
      return new Served(match.declared(), match.fitting(), match.missing(), match.unfit());
    }
  }

  /** What can be said without config.json. */
  static WeightReport of(WeightSource source, List<String> unread) {
    Map<String, Integer> dtypes = new TreeMap<>();
    long bytes = 0;
    for (String name : source.names()) {
      String type = source.storedType(name);
      dtypes.merge(type, 1, Integer::sum);
      long elements = Arrays.stream(source.shape(name)).reduce(1, (a, b) -> a * b);
      bytes += elements * width(type);
    }
    return new WeightReport(
        source.location(), unread, source.names().size(), bytes, dtypes, null, null, Map.of());
  }

  /** Bytes of one element: types say their bits, as {@code BF16} and {@code int64} do. */
  private static int width(String type) {
    String bits = type.replaceAll("\\D", "");
    return bits.isEmpty() ? 1 : Integer.parseInt(bits) / 8;
  }

  WeightReport matched(TensorMatch encoder, TensorMatch head, Map<String, List<String>> others) {
    return new WeightReport(
        location, unread, tensors, bytes, dtypes, Served.of(encoder), Served.of(head), others);
  }
}
