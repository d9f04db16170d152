package io.github.tlora.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The files of one commit of a model, and which of them are needed.
 *
 * @param files by name
 */
record ModelFileList(Map<String, Entry> files) {
  private static final List<String> WEIGHTS =
      List.of(
          "model.safetensors",
          "model.safetensors.index.json",
          "pytorch_model.bin",
          "pytorch_model.bin.index.json");

  /** What tokenizer.json is made from where it is not there. */
  private static final List<String> VOCABULARY =
      List.of("vocab.txt", "vocab.json", "merges.txt", "spm.model", "sentencepiece.bpe.model");

  private static final List<String> SMALL =
      List.of(
          "config.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "tokenizer.json");

  private static final Pattern SHARD =
      Pattern.compile("[\\w+-][\\w.+-]{0,199}\\.(safetensors|bin)");

  /**
   * A file on the hub.
   *
   * @param size in bytes
   */
  record Entry(String name, long size, Checksum checksum) {}

  static ModelFileList of(List<Entry> entries) {
    Map<String, Entry> files = new TreeMap<>();
    entries.forEach(entry -> files.put(entry.name(), entry));
    return new ModelFileList(files);
  }

  /** Configuration and tokenizer. */
  List<Entry> small() {
    List<Entry> needed = here(SMALL);
    if (!files.containsKey("tokenizer.json")) {
      needed.addAll(here(VOCABULARY));
    }
    return needed;
  }

  /** The weights or, where they are in several files, their index; the preferred ones. */
  Optional<Entry> weights() {
    return here(WEIGHTS).stream().findFirst();
  }

  static boolean isIndex(Entry weights) {
    return weights.name().endsWith(".index.json");
  }

  /** Whether an index may call a file so: no path, and what weights are called. */
  static boolean isShard(String name) {
    return SHARD.matcher(name).matches();
  }

  private List<Entry> here(List<String> names) {
    List<Entry> entries = new ArrayList<>();
    for (String name : names) {
      if (files.containsKey(name)) {
        entries.add(files.get(name));
      }
    }
    return entries;
  }
}
