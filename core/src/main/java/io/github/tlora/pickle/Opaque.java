package io.github.tlora.pickle;

/** Stands for values that weights have no use for: bytes, sets, sizes, element types. */
enum Opaque {
  VALUE
}
