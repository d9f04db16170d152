package io.github.tlora.adapter;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.Slots;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A fine-tuning method: its settings, and what it attaches while an encoder is built.
 *
 * <p>The permitted types are the project's table of contents. Adding a method is one file, with its
 * name in {@link JsonTypeName}, and that type in the list below.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "method")
public sealed interface Method extends Slots
    permits TLora,
        Lora,
        Dora,
        LoraXs,
        Vera,
        LoraFa,
        Full,
        BitFit,
        Houlsby,
        Lin,
        Pfeiffer,
        AdapterDrop,
        PrefixEmbedding,
        PrefixLayer,
        Combined {

  /** What it is, in a few words. */
  String summary();

  /** The paper that it comes from, such as {@code arXiv 2106.09685}. */
  String source();

  /** The rank of the update or the width of the bottleneck, r in the papers; null without one. */
  default Integer rank() {
    return null;
  }

  /** Its size as people say it, such as {@code rank 8} or {@code length 16}; empty without one. */
  default String size() {
    return rank() == null ? "" : "rank " + rank();
  }

  /** Its size in names of runs, such as {@code r8}; empty without one. */
  default String label() {
    return size().replaceFirst("^(\\w)\\w* ", "$1");
  }

  /**
   * The matrices that the method is attached to, as part names or Hugging Face suffixes; empty
   * where it is attached to something else.
   */
  default List<String> targets() {
    return List.of();
  }

  /** Keys of settings by target, each of which must mean an adapted matrix. */
  default List<String> patterns() {
    return List.of();
  }

  /** The peak learning rate used when the configuration gives none. */
  double defaultLearningRate();

  /** Whether frozen matrices go into the adapter file, or only their seed and checksums. */
  default boolean storesFixed() {
    return false;
  }

  /** Why the trained method cannot be merged into the base's weights; empty where it can. */
  default Optional<String> mergeObstacle() {
    return Optional.empty();
  }

  /** Whether all that it adds is the update of a LoRA, to which it converts exactly. */
  default boolean hasLora() {
    return false;
  }

  /** The method's name in configurations, flags, results and files. */
  static String nameOf(Class<?> method) {
    return method.getAnnotation(JsonTypeName.class).value();
  }

  /** The name of this method. */
  default String methodName() {
    return nameOf(getClass());
  }

  /** Every method's name, in the order of the list above. */
  static List<String> names() {
    return Arrays.stream(Method.class.getPermittedSubclasses()).map(Method::nameOf).toList();
  }
}
