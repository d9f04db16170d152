package io.github.tlora.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.nn.Input;
import io.github.tlora.tensor.SafetensorsReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory that scripts/golden/make_golden.py and make_methods.py wrote: a tiny checkpoint and
 * what it computes.
 */
record Fixture(Path path) {
  /** The fixtures of the project, and those in the directory that {@code tlora.golden} names. */
  static List<Fixture> all() {
    List<Fixture> fixtures = new ArrayList<>(in(resources().resolve("encoders")));
    String others = System.getProperty("tlora.golden");
    if (others != null) {
      List<Fixture> found = new ArrayList<>(in(Path.of(others)));
      found.addAll(in(Path.of(others).resolve("encoders")));
      if (found.isEmpty() && !Files.isDirectory(Path.of(others).resolve("tokenizers"))) {
        throw new IllegalStateException("-Dtlora.golden=" + others + " has no fixture in it");
      }
      fixtures.addAll(found);
    }
    return fixtures;
  }

  static Fixture named(String name) {
    return new Fixture(resources().resolve("encoders").resolve(name));
  }

  /** Where the project's own golden files are. */
  static Path resources() {
    return Path.of("src/test/resources/golden");
  }

  private static List<Fixture> in(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(entry -> Files.exists(entry.resolve("golden.safetensors")))
          .filter(entry -> Files.exists(entry.resolve("model"))) // without: of another kind
          .sorted()
          .map(Fixture::new)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path model() {
    return path.resolve("model");
  }

  /** The methods that it has golden values for, each in a directory of that name. */
  List<String> methods() {
    try (Stream<Path> entries = Files.list(path)) {
      return entries
          .filter(entry -> Files.exists(entry.resolve("golden.safetensors")))
          .map(entry -> entry.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the plain model computes, with the batch. */
  SafetensorsReader base() {
    return new SafetensorsReader(path.resolve("golden.safetensors"));
  }

  /** What the model with {@code method}'s adapter computes. */
  SafetensorsReader golden(String method) {
    return method.equals("base")
        ? base()
        : new SafetensorsReader(path.resolve(method).resolve("golden.safetensors"));
  }

  JsonNode json(String file) {
    try {
      return new JsonMapper().readTree(path.resolve(file).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The manifest beside the fixture, or the project's own. */
  JsonNode manifest() {
    Path beside = path.resolveSibling("manifest.json");
    return Files.exists(beside)
        ? json("../manifest.json")
        : new Fixture(resources().resolve("encoders/bert")).json("../manifest.json");
  }

  /** A float tensor of {@code file}. */
  static NDArray floats(SafetensorsReader file, String name, NDManager manager) {
    return manager
        .create(file.floats(name), new Shape(file.shape(name)), DataType.FLOAT32)
        .duplicate();
  }

  /** The batch. */
  static Input input(SafetensorsReader base, NDManager manager) {
    return new Input(
        longs(base, "input_ids", manager),
        longs(base, "attention_mask", manager),
        longs(base, "token_type_ids", manager));
  }

  private static NDArray longs(SafetensorsReader file, String name, NDManager manager) {
    return manager.create(file.longs(name), new Shape(file.shape(name)));
  }

  /** The batch's labels: int64 classes, or float32 for regression. */
  static NDArray labels(SafetensorsReader base, NDManager manager) {
    return base.storedType("labels").equals("I64")
        ? longs(base, "labels", manager)
        : floats(base, "labels", manager);
  }
}
