package io.github.tlora.model;

import io.github.tlora.UserError;
import io.github.tlora.pickle.PyTorchFile;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The weights in a directory of the Hugging Face layout, by the names that files have there. */
public final class WeightFiles {
  private static final List<String> NAMES =
      List.of(
          "model.safetensors",
          "model.safetensors.index.json",
          "pytorch_model.bin",
          "pytorch_model.bin.index.json");

  /** Weights of other frameworks, by a part of the file's name, and what to do about them. */
  private static final Map<String, String> FOREIGN = new LinkedHashMap<>();

  static {
    FOREIGN.put(".h5", converted("from_tf=True"));
    FOREIGN.put(".msgpack", converted("from_flax=True"));
    FOREIGN.put(".ckpt", converted("from_tf=True"));
    FOREIGN.put(".onnx", "fetch model.safetensors of the model that it was exported from");
  }

  private WeightFiles() {}

  /**
   * Opens the first that is there of model.safetensors, its index, pytorch_model.bin, its index;
   * the caller closes it.
   *
   * @throws UserError exit 3 when there is none, or it is damaged; the message says what is there
   *     instead
   */
  public static WeightSource open(Path directory) {
    for (String name : NAMES) {
      Path file = directory.resolve(name);
      if (Files.isRegularFile(file)) {
        return name.endsWith(".index.json") ? new ShardedWeights(file) : openFile(file);
      }
    }
    throw UserError.file(
        directory
            + ": has no "
            + String.join(", ", NAMES.subList(0, NAMES.size() - 1))
            + " or "
            + NAMES.get(NAMES.size() - 1)
            + others(directory));
  }

  /**
   * The files with weights in {@code directory}: first those that can be read, the preferred one
   * before the others, then those of other frameworks.
   */
  public static List<String> in(Path directory) {
    List<String> files = files(directory);
    Stream<String> foreign =
        files.stream().filter(file -> FOREIGN.keySet().stream().anyMatch(file::contains));
    return Stream.concat(NAMES.stream().filter(files::contains), foreign).distinct().toList();
  }

  /** Opens one file, of the kind that its name's end tells; the caller closes it. */
  public static WeightSource openFile(Path file) {
    return file.toString().endsWith(".safetensors")
        ? new SafetensorsReader(file)
        : new PyTorchFile(file);
  }

  /** What to do about weights of another framework, where there are some. */
  private static String others(Path directory) {
    List<String> files = files(directory);
    return FOREIGN.entrySet().stream()
        .flatMap(
            kind ->
                files.stream()
                    .filter(file -> file.contains(kind.getKey()))
                    .map(file -> ". " + file + " is not read: " + kind.getValue()))
        .findFirst()
        .orElse(". Fetch the model's weights too");
  }

  private static List<String> files(Path directory) {
    try (Stream<Path> list = Files.list(directory)) {
      return list.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new UserError(UserError.Kind.FILE, directory + ": cannot be listed", e);
    }
  }

  private static String converted(String flag) {
    return "in Python, with transformers 4, AutoModel.from_pretrained(DIR, "
        + flag
        + ").save_pretrained(DIR) writes model.safetensors from it";
  }
}
