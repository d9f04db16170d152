package io.github.tlora.nn;

import java.util.Map;
import java.util.Optional;

/**
 * What a method attached to one encoder, by place.
 *
 * @param deltas changes of linear layers
 * @param sublayers changes of sublayers' outputs
 * @param outputs changes of whole layers' outputs
 * @param prefix further positions of the input
 */
public record Attachments(
    Map<Site, Delta> deltas,
    Map<Sublayer, Hook> sublayers,
    Map<Layer, Hook> outputs,
    Optional<Prefix> prefix) {
  public Attachments {
    deltas = Map.copyOf(deltas);
    sublayers = Map.copyOf(sublayers);
    outputs = Map.copyOf(outputs);
  }
}
