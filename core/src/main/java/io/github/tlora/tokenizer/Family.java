package io.github.tlora.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A kind of tokenizer, with the files that it comes in and its special tokens by default. */
enum Family {
  /** WordPiece. */
  BERT(
      List.of("vocab.txt"),
      List.of("bert", "electra"),
      List.of("BertTokenizer", "ElectraTokenizer", "DistilBertTokenizer")),
  /** Byte-level BPE with a doubled end mark between the texts of a pair. */
  ROBERTA(List.of("vocab.json", "merges.txt"), List.of("roberta"), List.of("RobertaTokenizer")),
  /** The first DeBERTa: byte-level BPE with BERT's marks. */
  DEBERTA(List.of("vocab.json", "merges.txt"), List.of("deberta"), List.of("DebertaTokenizer")),
  /** DeBERTa v2 and v3: SentencePiece with BERT's marks. */
  DEBERTA_V2(List.of("spm.model"), List.of("deberta-v2"), List.of("DebertaV2Tokenizer")),
  /** SentencePiece with RoBERTa's marks in front of the pieces. */
  XLM_ROBERTA(
      List.of("sentencepiece.bpe.model"), List.of("xlm-roberta"), List.of("XLMRobertaTokenizer"));

  private final List<String> files;
  private final List<String> modelTypes;
  private final List<String> classes;

  Family(List<String> files, List<String> modelTypes, List<String> classes) {
    this.files = files;
    this.modelTypes = modelTypes;
    this.classes = classes;
  }

  /** Names of the files that hold the vocabulary. */
  List<String> files() {
    return files;
  }

  /** Names of transformers' classes, without {@code Fast}. */
  List<String> classes() {
    return classes;
  }

  static Optional<Family> ofModelType(String modelType) {
    return Arrays.stream(values()).filter(f -> f.modelTypes.contains(modelType)).findFirst();
  }

  static Optional<Family> ofClass(String tokenizerClass) {
    String slow = tokenizerClass.replaceFirst("Fast$", "");
    return Arrays.stream(values()).filter(f -> f.classes.contains(slow)).findFirst();
  }

  /** Whether the marks are {@code <s>} and {@code </s>}, not {@code [CLS]} and {@code [SEP]}. */
  boolean hasAngleMarks() {
    return this == ROBERTA || this == XLM_ROBERTA;
  }

  /** The text of a special token when no file has one; null where the family has none. */
  String standard(String key) {
    return switch (key) {
      case "bos_token" -> this == BERT ? null : standard("cls_token");
      case "eos_token" -> this == BERT ? null : standard("sep_token");
      case "cls_token" -> hasAngleMarks() ? "<s>" : "[CLS]";
      case "sep_token" -> hasAngleMarks() ? "</s>" : "[SEP]";
      case "unk_token" -> hasAngleMarks() ? "<unk>" : "[UNK]";
      case "pad_token" -> hasAngleMarks() ? "<pad>" : "[PAD]";
      case "mask_token" -> hasAngleMarks() ? "<mask>" : "[MASK]";
      default -> throw new IllegalArgumentException(key);
    };
  }

  /**
   * The flags that transformers' class gives to a special token of which the files have only the
   * text; empty where it stays a text.
   */
  Optional<AddedToken> dressed(String key, String content) {
    boolean isMask = key.equals("mask_token");
    AddedToken bare = new AddedToken(content, false, isMask, false, true, false);
    return switch (this) {
      case BERT -> Optional.empty();
      case ROBERTA ->
          Optional.of(isMask ? new AddedToken(content, false, true, false, false, false) : bare);
      case DEBERTA -> Optional.of(isMask ? bare : AddedToken.special(content));
      case DEBERTA_V2 -> key.equals("unk_token") ? Optional.of(bare.asSpecial()) : Optional.empty();
      case XLM_ROBERTA ->
          isMask
              ? Optional.of(new AddedToken(content, false, true, false, false, true))
              : Optional.empty();
    };
  }
}
