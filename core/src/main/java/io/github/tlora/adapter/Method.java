package io.github.tlora.adapter;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.nn.Slots;
import java.util.Arrays;
import java.util.List;

/**
 * A fine-tuning method: its settings, and what it attaches while an encoder is built.
 *
 * <p>The permitted types are the project's table of contents. Adding a method is one file, with its
 * name in {@link JsonTypeName}, and that type in the list below.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "method")
public sealed interface Method extends Slots permits TLora, Lora {

  /** The rank of the update. */
  Integer rank();

  /** The matrices that the method is attached to, as part names or Hugging Face suffixes. */
  List<String> targets();

  /** The peak learning rate used when the configuration gives none. */
  double defaultLearningRate();

  /** Whether frozen matrices go into the adapter file, or only their seed and checksums. */
  default boolean storesFixed() {
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
