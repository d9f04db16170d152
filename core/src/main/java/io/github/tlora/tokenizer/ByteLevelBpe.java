package io.github.tlora.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** RoBERTa's and the first DeBERTa's tokenizer, from vocab.json and merges.txt. */
final class ByteLevelBpe {
  private final TokenizerConfig config;
  private final Family family;
  private final SpecialTokens specials;

  ByteLevelBpe(TokenizerConfig config, Family family) {
    this.config = config;
    this.family = family;
    this.specials = new SpecialTokens(config, family);
  }

  /** Fills {@code root}, the object of tokenizer.json. */
  void write(ObjectNode root) {
    Map<String, Integer> vocabulary = vocabulary(config.file("vocab.json"));
    boolean prefix = config.flag("add_prefix_space", false);
    specials.required("unk_token");
    specials.required("pad_token");
    AddedVocabulary added = new AddedVocabulary(vocabulary, vocabulary.size());
    added.addAll(specials);
    added.write(root.putArray("added_tokens"));
    root.putNull("normalizer");
    byteLevel(root.putObject("pre_tokenizer"), prefix);
    root.set("post_processor", postProcessor(vocabulary, prefix));
    byteLevel(root.putObject("decoder"), true);
    ObjectNode model = root.putObject("model").put("type", "BPE");
    model.putNull("dropout").putNull("unk_token");
    model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    vocabulary.forEach(model.putObject("vocab")::put);
    merges(config.file("merges.txt"), vocabulary, model.putArray("merges"));
  }

  private static void byteLevel(ObjectNode node, boolean prefix) {
    node.put("type", "ByteLevel").put("add_prefix_space", prefix);
    node.put("trim_offsets", true).put("use_regex", true);
  }

  /** DeBERTa's marks are always the standard ones, whatever its files call cls and sep. */
  private ObjectNode postProcessor(Map<String, Integer> vocabulary, boolean prefix) {
    boolean isRoberta = family == Family.ROBERTA;
    String ownCls = specials.required("cls_token");
    String ownSep = specials.required("sep_token");
    String cls = isRoberta ? ownCls : family.standard("cls_token");
    String sep = isRoberta ? ownSep : family.standard("sep_token");
    Template template =
        new Template(cls, specials.id(cls, vocabulary), sep, specials.id(sep, vocabulary));
    return isRoberta
        ? template.roberta(config.flag("trim_offsets", true), prefix)
        : template.segments();
  }

  private static Map<String, Integer> vocabulary(CheckpointFile file) {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : file.object().properties()) {
      if (!entry.getValue().isInt() || entry.getValue().asInt() < 0) {
        throw file.fault(
            "the id of '"
                + entry.getKey()
                + "' must be a whole number, got "
                + AddedToken.shorten(entry.getValue()));
      }
      vocabulary.put(entry.getKey(), entry.getValue().asInt());
    }
    return vocabulary;
  }

  /** The first line is a version; as in transformers, a last line without an end is left out. */
  private static void merges(CheckpointFile file, Map<String, Integer> vocabulary, ArrayNode out) {
    String[] lines = file.text().replace("\r\n", "\n").replace('\r', '\n').split("\n", -1);
    Set<List<String>> merges = new LinkedHashSet<>();
    for (int i = 1; i < lines.length - 1; i++) {
      List<String> merge = List.of(lines[i].strip().split("\\s+"));
      if (merge.size() != 2) {
        throw file.fault("line " + (i + 1) + ": a merge is two pieces with a blank between them");
      }
      for (String piece : List.of(merge.get(0), merge.get(1), merge.get(0) + merge.get(1))) {
        if (!vocabulary.containsKey(piece)) {
          throw file.fault(
              "line "
                  + (i + 1)
                  + ": '"
                  + piece
                  + "' is not in vocab.json. Use the two files of one checkpoint");
        }
      }
      merges.add(merge);
    }
    merges.forEach(merge -> out.addArray().add(merge.get(0)).add(merge.get(1)));
  }
}
