package io.github.tlora.nn;

import java.util.Locale;

/** Which linear layer of an encoder layer a site is. */
public enum Part {
  QUERY,
  KEY,
  VALUE,
  /** DeBERTa-v1's fused query, key and value. */
  QKV,
  /** Projection of relative positions to keys. */
  POS_KEY,
  /** Projection of relative positions to queries. */
  POS_QUERY,
  ATTENTION_OUTPUT,
  INTERMEDIATE,
  OUTPUT;

  /** The name used in {@code targets}: {@code query}, {@code attention_output}, ... */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
