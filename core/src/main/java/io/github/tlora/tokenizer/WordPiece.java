package io.github.tlora.tokenizer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** BERT's and ELECTRA's tokenizer, from vocab.txt: a piece a line, its number is its id. */
final class WordPiece {
  private final TokenizerConfig config;
  private final SpecialTokens specials;

  WordPiece(TokenizerConfig config) {
    this.config = config;
    this.specials = new SpecialTokens(config, Family.BERT);
  }

  /** Fills {@code root}, the object of tokenizer.json. */
  void write(ObjectNode root) {
    CheckpointFile file = config.file("vocab.txt");
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    List<String> lines = file.lines();
    for (int i = 0; i < lines.size(); i++) {
      vocabulary.put(lines.get(i), i);
    }
    String unknown = specials.required("unk_token");
    if (!vocabulary.containsKey(unknown)) {
      throw file.fault(
          "has no line "
              + unknown
              + " (unk_token), which stands for unknown words. Use the model's own vocab.txt");
    }
    specials.required("pad_token");
    AddedVocabulary added = new AddedVocabulary(vocabulary, vocabulary.size());
    added.addAll(specials);
    added.write(root.putArray("added_tokens"));
    root.set("normalizer", normalizer());
    root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    root.set("post_processor", template(specials, vocabulary).segments());
    root.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
    ObjectNode model = root.putObject("model").put("type", "WordPiece").put("unk_token", unknown);
    model.put("continuing_subword_prefix", "##").put("max_input_chars_per_word", 100);
    vocabulary.forEach(model.putObject("vocab")::put);
  }

  private static Template template(SpecialTokens specials, Map<String, Integer> vocabulary) {
    String cls = specials.required("cls_token");
    String sep = specials.required("sep_token");
    return new Template(cls, specials.id(cls, vocabulary), sep, specials.id(sep, vocabulary));
  }

  private ObjectNode normalizer() {
    ObjectNode node = JsonNodeFactory.instance.objectNode().put("type", "BertNormalizer");
    node.put("clean_text", true);
    node.put("handle_chinese_chars", config.flag("tokenize_chinese_chars", true));
    if (config.settings().path("strip_accents").isValueNode()
        && !config.settings().path("strip_accents").isNull()) {
      node.put("strip_accents", config.flag("strip_accents", false));
    } else {
      node.putNull("strip_accents"); // then as lowercase
    }
    return node.put("lowercase", config.flag("do_lower_case", true));
  }
}
