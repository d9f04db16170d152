package io.github.tlora.checkpoint;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.tensor.AtomicFile;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/** Writes a whole model as the directory that transformers reads. */
public final class HuggingFaceCheckpoint {
  /** The name of the file with the weights. */
  public static final String WEIGHTS = "model.safetensors";

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
    write(directory, tensors, config, files, Dtype.F32);
  }

  /**
   * The same with the weights rounded to {@code dtype}.
   *
   * @param tensors float32
   */
  public static void write(
      Path directory,
      Map<String, NDArray> tensors,
      ObjectNode config,
      ModelFiles files,
      Dtype dtype) {
    SafetensorsWriter.write(directory.resolve(WEIGHTS), tensors, Map.of("format", "pt"), dtype);
    writeRest(directory, config, files);
  }

  /** Writes all but the weights. */
  static void writeRest(Path directory, ObjectNode config, ModelFiles files) {
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
   * The config.json of {@code model}, which was trained from {@code files}: the base's with the
   * task's labels.
   */
  public static ObjectNode config(
      ModelFiles files, SequenceClassifier model, AdapterConfig config) {
    ObjectNode json = files.config().deepCopy();
    json.putArray("architectures").add(model.architecture().stockClass());
    json.remove(List.of("_name_or_path", "torch_dtype", "dtype", "num_labels"));
    json.put("torch_dtype", "float32");
    ObjectNode byId = json.putObject("id2label");
    ObjectNode byLabel = json.putObject("label2id");
    for (int i = 0; i < model.labels().logits(); i++) {
      // Logits of a head taken by index that are no label of the task keep a place, not a name; so
      // does the one of a regression.
      String label = i < config.labels().size() ? config.labels().get(i) : "LABEL_" + i;
      byId.put(Integer.toString(i), label);
      byLabel.put(label, i);
    }
    json.put(
        "problem_type", config.labels().isEmpty() ? "regression" : "single_label_classification");
    json.remove("tlora");
    if (config.head().kind() != HeadSettings.Kind.NATIVE) {
      recordForm(json, config.head());
    }
    return json;
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
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, to + ": cannot be written", e);
    }
  }
}
