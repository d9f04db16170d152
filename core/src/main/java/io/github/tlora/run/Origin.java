package io.github.tlora.run;

import io.github.tlora.Sha256;
import io.github.tlora.Version;
import io.github.tlora.config.ConfigWriter;
import io.github.tlora.config.RunConfig;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.TableTask;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.provenance.RunProvenance;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Gathers what a training run starts from, and what it comes to. */
final class Origin {
  private Origin() {}

  /**
   * What a run starts from; the base's weights are loaded.
   *
   * @param splits their files
   * @param rows that are learnt from
   * @param start SHA-256 of the adapter that it starts from, or null
   */
  static RunProvenance of(
      RunConfig config,
      Environment environment,
      Dataset dataset,
      Map<String, Dataset.Split> splits,
      int rows,
      ModelFiles files,
      SequenceClassifier model,
      String start) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("name", dataset.name());
    splits.forEach((name, split) -> data.put(name, split(split)));
    if (dataset.task() instanceof TableTask own) {
      data.put("task", Map.of("sha256", Sha256.of(TaskFile.toYaml(own))));
    }
    Map<String, Object> origin = new LinkedHashMap<>();
    origin.put("weights", weights(files, model));
    origin.put("init_from", start == null ? null : Map.of("sha256", start));
    origin.put("tokenizer", Map.of("sha256", Sha256.of(files.tokenizerJson())));
    origin.put("seed", config.seed());
    origin.put("generator", Seeds.GENERATOR);
    origin.put(
        "version",
        Map.of(
            "tlora", Version.current(),
            "djl", Version.djl(),
            "engine", Torch.version(),
            "java_vm", System.getProperty("java.vm.name")));
    origin.put("revision", Version.revision());
    origin.put("os", Map.of("version", System.getProperty("os.version")));
    origin.put("device", environment.device());
    origin.put("threads", Torch.threads());
    origin.put("processors", Runtime.getRuntime().availableProcessors());
    return RunProvenance.of(
        data, rows, dataset.task().labels().size(), ConfigWriter.toMap(config), origin);
  }

  private static Map<String, Object> weights(ModelFiles files, SequenceClassifier model) {
    Map<String, Object> weights = new LinkedHashMap<>();
    weights.put("name", files.id());
    weights.put("sha256", model.baseHash());
    weights.put("head", model.headHash() == null ? null : Map.of("sha256", model.headHash()));
    return weights;
  }

  private static Map<String, Object> split(Dataset.Split split) {
    return Map.of("file", split.file(), "rows", split.rows().size(), "sha256", split.sha256());
  }

  /** What a run in {@code directory} has come to: a hash of each file of its adapters. */
  static Map<String, Object> outcome(Path directory) {
    Map<String, Object> outcome = new LinkedHashMap<>();
    adapterFiles(directory).forEach((name, hash) -> outcome.put(name, Map.of("sha256", hash)));
    return outcome;
  }

  /** The SHA-256 of each file in {@code adapter/} and {@code last/}, but for the card. */
  static Map<String, String> adapterFiles(Path directory) {
    Map<String, String> hashes = new TreeMap<>();
    for (String adapter : List.of(RunDirectory.ADAPTER, RunDirectory.LAST)) {
      try (Stream<Path> files = Files.walk(directory.resolve(adapter))) {
        for (Path file : files.filter(Origin::isOfAdapter).toList()) {
          String name = directory.relativize(file).toString().replace('\\', '/');
          hashes.put(name, Sha256.of(Files.readAllBytes(file)));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return hashes;
  }

  /** The card is for people, who may edit it. */
  private static boolean isOfAdapter(Path file) {
    return Files.isRegularFile(file) && !file.getFileName().toString().equals(ModelCard.FILE);
  }
}
