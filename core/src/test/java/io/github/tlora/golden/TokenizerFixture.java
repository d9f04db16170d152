package io.github.tlora.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A directory that scripts/golden/make_tokenizers.py wrote: a tokenizer's files, and cases. */
public record TokenizerFixture(Path path) {

  /** The fixtures of the project, and those of the directory that {@code tlora.golden} names. */
  static List<TokenizerFixture> all() {
    List<TokenizerFixture> fixtures = new ArrayList<>(in(Fixture.resources()));
    String others = System.getProperty("tlora.golden");
    if (others != null) {
      fixtures.addAll(in(Path.of(others)));
    }
    return fixtures;
  }

  /** One of the project's own. */
  public static TokenizerFixture named(String name) {
    return new TokenizerFixture(Fixture.resources().resolve("tokenizers").resolve(name));
  }

  private static List<TokenizerFixture> in(Path golden) {
    Path directory = golden.resolve("tokenizers");
    if (!Files.isDirectory(directory)) {
      return List.of(); // it has only encoders; Fixture refuses one that has neither
    }
    try (Stream<Path> entries = Files.list(directory)) {
      List<TokenizerFixture> found =
          entries
              .filter(entry -> Files.exists(entry.resolve("golden.json")))
              .sorted()
              .map(TokenizerFixture::new)
              .toList();
      if (found.isEmpty()) {
        throw new IllegalStateException(directory + " has no fixture in it");
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String name() {
    return path.getFileName().toString();
  }

  JsonNode golden() {
    try {
      return new JsonMapper().readTree(path.resolve("golden.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The {@code model_type} of the checkpoints that have such files; the directory's name tells. */
  public String modelType() {
    String name = name();
    return name.startsWith("deberta-v1")
        ? "deberta"
        : name.startsWith("deberta-v")
            ? "deberta-v2"
            : Stream.of("xlm-roberta", "roberta", "electra", "bert")
                .filter(name::startsWith)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(path + " is of no known family"));
  }

  /** Copies the files into {@code directory}, as a checkpoint, with tokenizer.json or without. */
  public void copyTo(Path directory, boolean withTokenizerJson) throws IOException {
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString();
        if (!name.equals("golden.json") && (withTokenizerJson || !name.equals("tokenizer.json"))) {
          Files.write(directory.resolve(name), Files.readAllBytes(file));
        }
      }
    }
    Path config = directory.resolve("config.json");
    if (!Files.exists(config)) {
      Files.writeString(config, "{\"model_type\": \"" + modelType() + "\"}");
    }
  }
}
