package io.github.tlora.tokenizer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The tokenizer files of a checkpoint. One without tokenizer.json gets it from its older files, as
 * transformers makes it when it turns a slow tokenizer into a fast one.
 */
public final class TokenizerFiles {
  private static final String TOKENIZER = "tokenizer.json";

  private final Path directory;
  private final String modelType;
  private final TokenizerConfig config;

  private TokenizerFiles(Path directory, String modelType) {
    this.directory = directory;
    this.modelType = modelType;
    this.config = TokenizerConfig.read(directory);
  }

  /**
   * The text of tokenizer.json: the file as it is, or one made from vocab.txt, from vocab.json and
   * merges.txt, from spm.model or from sentencepiece.bpe.model.
   *
   * @param modelType the {@code model_type} of config.json
   * @throws io.github.tlora.UserError exit 3 when there are no such files, or damaged ones
   */
  public static String json(Path directory, String modelType) {
    CheckpointFile file = new CheckpointFile(directory.resolve(TOKENIZER));
    if (file.exists()) {
      String text = file.text();
      NativeTraps.check(file.object(text), file);
      return text;
    }
    TokenizerFiles files = new TokenizerFiles(directory, modelType);
    ObjectNode made = files.synthesized(files.family());
    NativeTraps.check(made, new CheckpointFile(directory));
    return files.wellFormed(made.toString());
  }

  private ObjectNode synthesized(Family family) {
    ObjectNode root = JsonNodeFactory.instance.objectNode().put("version", "1.0");
    root.putNull("truncation").putNull("padding");
    switch (family) {
      case BERT -> new WordPiece(config).write(root);
      case ROBERTA, DEBERTA -> new ByteLevelBpe(config, family).write(root);
      case DEBERTA_V2, XLM_ROBERTA -> new SentencePiece(config, family).write(root);
    }
    return root;
  }

  /** JSON escapes can write half a character, which no UTF-8 text holds. */
  private String wellFormed(String json) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(json)) {
      throw new CheckpointFile(directory)
          .fault(
              "a token in its tokenizer files has half of a character (an unpaired surrogate)."
                  + " Copy the files anew from where the checkpoint came from");
    }
    return json;
  }

  /** By the tokenizer's class, else by the model's type, else by the files that are there. */
  private Family family() {
    String tokenizerClass = config.tokenizerClass();
    if (!tokenizerClass.isEmpty()) {
      return ofClass(tokenizerClass);
    }
    Optional<Family> typical = Family.ofModelType(modelType);
    if (typical.filter(this::hasAll).isPresent()) {
      return typical.get();
    }
    List<Family> possible = Arrays.stream(Family.values()).filter(this::hasAll).toList();
    if (possible.size() == 1) {
      return possible.get(0);
    }
    if (!possible.isEmpty()) {
      throw config
          .file(TokenizerConfig.SETTINGS)
          .fault(
              "has to name its tokenizer_class: the files "
                  + names(possible)
                  + " do not tell. Known: "
                  + classes(possible));
    }
    throw missing(typical.map(List::of).orElse(List.of(Family.values())));
  }

  private Family ofClass(String tokenizerClass) {
    Family family =
        Family.ofClass(tokenizerClass)
            .orElseThrow(
                () ->
                    new CheckpointFile(directory)
                        .fault(
                            "has no tokenizer.json, and none can be made for tokenizer_class '"
                                + tokenizerClass
                                + "'. Known: "
                                + classes(List.of(Family.values()))
                                + ". Save tokenizer.json with transformers' save_pretrained"));
    if (!hasAll(family)) {
      throw missing(List.of(family));
    }
    return family;
  }

  private boolean hasAll(Family family) {
    return family.files().stream().allMatch(name -> config.file(name).exists());
  }

  private RuntimeException missing(List<Family> families) {
    return new CheckpointFile(directory)
        .fault(
            "has no tokenizer: neither tokenizer.json nor "
                + names(families)
                + ". Copy the files of one of them from where the checkpoint came from");
  }

  private static String names(List<Family> families) {
    return families.stream()
        .map(family -> String.join(" with ", family.files()))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private static String classes(List<Family> families) {
    return families.stream().flatMap(f -> f.classes().stream()).collect(Collectors.joining(", "));
  }
}
