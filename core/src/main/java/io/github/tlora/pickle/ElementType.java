package io.github.tlora.pickle;

import io.github.tlora.tensor.Dtype;
import java.util.Optional;

/** The classes of storages, {@code torch.FloatStorage} and its kin, by their first word. */
enum ElementType {
  FLOAT("Float", 4, "float32", Dtype.F32),
  HALF("Half", 2, "float16", Dtype.F16),
  BFLOAT16("BFloat16", 2, "bfloat16", Dtype.BF16),
  DOUBLE("Double", 8, "float64", null),
  LONG("Long", 8, "int64", null),
  INT("Int", 4, "int32", null),
  SHORT("Short", 2, "int16", null),
  CHAR("Char", 1, "int8", null),
  BYTE("Byte", 1, "uint8", null),
  BOOL("Bool", 1, "bool", null),
  COMPLEX_FLOAT("ComplexFloat", 8, "complex64", null),
  COMPLEX_DOUBLE("ComplexDouble", 16, "complex128", null);

  private final String word;
  private final int bytes;
  private final String torchName;
  private final Dtype dtype;

  ElementType(String word, int bytes, String torchName, Dtype dtype) {
    this.word = word;
    this.bytes = bytes;
    this.torchName = torchName;
    this.dtype = dtype;
  }

  /** The type of the elements of {@code torch.<storageClass>}. */
  static Optional<ElementType> of(String storageClass) {
    for (ElementType type : values()) {
      if (storageClass.equals(type.word + "Storage")) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** Whether {@code torch.<name>} is one of the types. */
  static boolean isTorchName(String name) {
    for (ElementType type : values()) {
      if (name.equals(type.torchName)) {
        return true;
      }
    }
    return false;
  }

  /** Bytes of one element. */
  int bytes() {
    return bytes;
  }

  /** What PyTorch calls it: {@code int64}. */
  String torchName() {
    return torchName;
  }

  /** The type as one of weights, where it is one. */
  Optional<Dtype> dtype() {
    return Optional.ofNullable(dtype);
  }
}
