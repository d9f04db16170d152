package io.github.tlora.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.tokenizer.SentencePieceModel.Piece;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** DeBERTa v2's and v3's and XLM-RoBERTa's tokenizer, from a SentencePiece model. */
final class SentencePiece {
  private static final String BLANK = "▁";

  private final TokenizerConfig config;
  private final Family family;
  private final CheckpointFile file;
  private final SentencePieceModel model;
  private final SpecialTokens specials;

  SentencePiece(TokenizerConfig config, Family family) {
    this.config = config;
    this.family = family;
    this.file = config.file(family.files().get(0));
    this.model = new SentencePieceModel(file);
    this.specials = new SpecialTokens(config, family);
    if (model.modelType() != SentencePieceModel.UNIGRAM
        && model.modelType() != SentencePieceModel.BPE) {
      throw file.fault(
          "its model_type "
              + model.modelType()
              + " is not supported. Supported: 1 (unigram), 2 (bpe)");
    }
  }

  /** Fills {@code root}, the object of tokenizer.json. */
  void write(ObjectNode root) {
    List<Piece> pieces = pieces();
    Map<String, Integer> vocabulary = ids(pieces);
    boolean isBpe = model.modelType() == SentencePieceModel.BPE;
    List.of("unk_token", "pad_token", "cls_token", "sep_token").forEach(specials::required);
    AddedVocabulary added =
        new AddedVocabulary(vocabulary, isBpe ? vocabulary.size() : pieces.size());
    for (Piece piece : model.pieces()) {
      if (piece.isAdded()) {
        added.add(new AddedToken(piece.text(), false, false, false, false, piece.isControl()));
      }
    }
    added.addAll(specials);
    added.write(root.putArray("added_tokens"));
    normalizer(root.putObject("normalizer").put("type", "Sequence").putArray("normalizers"));
    preTokenizer(root);
    root.set("post_processor", postProcessor(vocabulary));
    metaspace(root.putObject("decoder"));
    if (isBpe) {
      bpe(root.putObject("model"), pieces, vocabulary);
    } else {
      unigram(root.putObject("model"), pieces);
    }
  }

  /**
   * The vocabulary: for XLM-RoBERTa with fairseq's four marks instead of the first three pieces.
   */
  private List<Piece> pieces() {
    if (family == Family.DEBERTA_V2) {
      return model.pieces();
    }
    List<Piece> pieces = new ArrayList<>();
    for (String mark : List.of("<s>", "<pad>", "</s>", "<unk>")) {
      pieces.add(new Piece(mark, 0, 1));
    }
    pieces.addAll(
        model.pieces().subList(Math.min(3, model.pieces().size()), model.pieces().size()));
    pieces.add(new Piece("<mask>", 0, 1));
    return pieces;
  }

  private static Map<String, Integer> ids(List<Piece> pieces) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (int i = 0; i < pieces.size(); i++) {
      ids.put(pieces.get(i).text(), i);
    }
    return ids;
  }

  private void normalizer(ArrayNode list) {
    boolean isDeberta = family == Family.DEBERTA_V2;
    if (isDeberta && config.flag("do_lower_case", false)) {
      list.addObject().put("type", "Lowercase");
    }
    if (isDeberta) {
      strip(list, true);
    }
    if (model.charsMap().length > 0) {
      CharsMap.check(model.charsMap(), file); // here too, to name the file
      list.addObject()
          .put("type", "Precompiled")
          .put("precompiled_charsmap", Base64.getEncoder().encodeToString(model.charsMap()));
    }
    if (!isDeberta) {
      strip(list, false);
    }
    ObjectNode replace = list.addObject().put("type", "Replace");
    replace.putObject("pattern").put("Regex", " {2,}");
    replace.put("content", isDeberta ? " " : BLANK);
  }

  private static void strip(ArrayNode list, boolean left) {
    list.addObject().put("type", "Strip").put("strip_left", left).put("strip_right", true);
  }

  private void preTokenizer(ObjectNode root) {
    if (family == Family.XLM_ROBERTA) {
      metaspace(root.putObject("pre_tokenizer"));
      return;
    }
    ObjectNode sequence = root.putObject("pre_tokenizer").put("type", "Sequence");
    ArrayNode list = sequence.putArray("pretokenizers");
    if (config.flag("split_by_punct", false)) {
      list.addObject().put("type", "Punctuation").put("behavior", "Isolated");
    }
    metaspace(list.addObject());
  }

  private static void metaspace(ObjectNode node) {
    node.put("type", "Metaspace").put("replacement", BLANK);
    node.put("prepend_scheme", "always").put("split", true);
  }

  /** The marks are always the standard ones, whatever the files call cls and sep. */
  private ObjectNode postProcessor(Map<String, Integer> vocabulary) {
    String cls = family.standard("cls_token");
    String sep = family.standard("sep_token");
    Template template =
        new Template(cls, specials.id(cls, vocabulary), sep, specials.id(sep, vocabulary));
    return family == Family.XLM_ROBERTA ? template.doubled() : template.segments();
  }

  private void unigram(ObjectNode node, List<Piece> pieces) {
    int unknown = family == Family.XLM_ROBERTA ? 3 : model.unknownId();
    if (unknown < 0 || unknown >= pieces.size()) {
      throw file.fault("its unk_id " + unknown + " is not one of its " + pieces.size() + " pieces");
    }
    node.put("type", "Unigram").put("unk_id", unknown);
    ArrayNode list = node.putArray("vocab");
    pieces.forEach(piece -> list.addArray().add(piece.text()).add((double) piece.score()));
    node.put("byte_fallback", false);
  }

  private void bpe(ObjectNode node, List<Piece> pieces, Map<String, Integer> vocabulary) {
    if (!vocabulary.containsKey(model.unknownPiece())) {
      throw file.fault("its unk_piece " + model.unknownPiece() + " is not one of its pieces");
    }
    node.put("type", "BPE").putNull("dropout").put("unk_token", model.unknownPiece());
    node.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    node.put("fuse_unk", true).put("byte_fallback", false).put("ignore_merges", false);
    vocabulary.forEach(node.putObject("vocab")::put);
    ArrayNode merges = node.putArray("merges");
    Merges.of(pieces, ids(model.pieces()))
        .forEach(merge -> merges.addArray().add(merge.left()).add(merge.right()));
  }
}
