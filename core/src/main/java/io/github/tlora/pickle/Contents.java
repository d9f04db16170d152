package io.github.tlora.pickle;

import java.util.Map;

/**
 * What a file of PyTorch says before its values.
 *
 * @param value the object that was saved
 * @param starts the first byte of each storage, by key
 */
record Contents(Object value, Map<String, Long> starts) {}
