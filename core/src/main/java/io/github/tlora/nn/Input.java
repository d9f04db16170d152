package io.github.tlora.nn;

import ai.djl.ndarray.NDArray;

/**
 * A batch as the encoder takes it.
 *
 * @param ids token ids, int64 (B, T)
 * @param mask 1 for real tokens and 0 for padding, int64 (B, T)
 * @param typeIds segment ids, int64 (B, T)
 */
public record Input(NDArray ids, NDArray mask, NDArray typeIds) {}
