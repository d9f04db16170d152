package io.github.tlora.checkpoint;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.tensor.AtomicFile;
import io.github.tlora.tensor.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes a whole model as the directory that transformers reads. */
public final class HuggingFaceCheckpoint {
  /** Files that belong to a tokenizer, by the names that transformers looks for. */
  private static final List<String> TOKENIZER_FILES =
      List.of(
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "vocab.txt",
          "spm.model",
          "sentencepiece.bpe.model");

  private HuggingFaceCheckpoint() {}

  /**
   * Writes config.json, model.safetensors and the tokenizer's files into {@code directory}, which
   * exists.
   *
   * @param files the checkpoint that the tokenizer comes from
   */
  public static void write(
      Path directory, Map<String, NDArray> tensors, ObjectNode config, ModelFiles files) {
    SafetensorsWriter.write(
        directory.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
    AtomicFile.write(directory.resolve("config.json"), config.toPrettyString() + "\n");
    AtomicFile.write(directory.resolve("tokenizer.json"), files.tokenizerJson());
    if (files instanceof ModelFiles.Directory source) {
      for (String name : TOKENIZER_FILES) {
        copyIfThere(source.path().resolve(name), directory.resolve(name));
      }
    } else {
      AtomicFile.write(
          directory.resolve("tokenizer_config.json"),
          """
          {
            "tokenizer_class": "BertTokenizer",
            "do_lower_case": true,
            "model_max_length": 512,
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "pad_token": "[PAD]",
            "unk_token": "[UNK]",
            "mask_token": "[MASK]"
          }
          """);
    }
  }

  /**
   * Records in {@code config} what form of head the model has where it is not its family's own;
   * {@link ModelFiles#defaultHead} reads it.
   */
  public static void recordForm(ObjectNode config, HeadSettings head) {
    config
        .putObject("tlora")
        .put("head", Setting.word(head.kind()))
        .put("pooling", Setting.word(head.pooling()));
  }

  private static void copyIfThere(Path from, Path to) {
    try {
      if (Files.isRegularFile(from)) {
        Files.copy(from, to);
      }
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, to + ": cannot be written", e);
    }
  }
}
