package io.github.tlora.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A BERT of two layers that knows {@link #WORDS}, with random weights, written as a Hugging Face
 * checkpoint: small enough to be trained in a second.
 */
final class TinyEncoder {
  static final List<String> WORDS =
      List.of(
          ("[PAD] [UNK] [CLS] [SEP] a the film plot comedy is was and not never"
                  + " warm generous funny joy dull endless sad mess")
              .split(" "));

  private static final JsonMapper JSON = new JsonMapper();
  private static final int WIDTH = 16;
  private static final int INNER = 32;
  private static final int LAYERS = 2;
  private static final int POSITIONS = 128;

  private final Map<String, long[]> shapes = new TreeMap<>();

  private TinyEncoder() {}

  /** Writes the encoder that {@code seed} gives to {@code directory}, and returns that. */
  static Path write(Path directory, long seed) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("config.json"), config().toPrettyString());
    Files.writeString(directory.resolve("tokenizer.json"), tokenizer().toPrettyString());
    TinyEncoder encoder = new TinyEncoder();
    encoder.declare();
    Files.write(directory.resolve("model.safetensors"), encoder.safetensors(new Random(seed)));
    return directory;
  }

  static ObjectNode config() {
    return JSON.createObjectNode()
        .put("model_type", "bert")
        .put("vocab_size", WORDS.size())
        .put("hidden_size", WIDTH)
        .put("num_hidden_layers", LAYERS)
        .put("num_attention_heads", 2)
        .put("intermediate_size", INNER)
        .put("max_position_embeddings", POSITIONS)
        .put("type_vocab_size", 2);
  }

  private static ObjectNode tokenizer() {
    ObjectNode json = JSON.createObjectNode().put("version", "1.0");
    json.putObject("normalizer").put("type", "Lowercase");
    json.putObject("pre_tokenizer").put("type", "Whitespace");
    ObjectNode special = json.putObject("post_processor").put("type", "BertProcessing");
    special.putArray("sep").add("[SEP]").add(WORDS.indexOf("[SEP]"));
    special.putArray("cls").add("[CLS]").add(WORDS.indexOf("[CLS]"));
    ObjectNode model = json.putObject("model").put("type", "WordLevel").put("unk_token", "[UNK]");
    ObjectNode vocabulary = model.putObject("vocab");
    WORDS.forEach(word -> vocabulary.put(word, WORDS.indexOf(word)));
    return json;
  }

  private void declare() {
    shapes.put("bert.embeddings.word_embeddings.weight", new long[] {WORDS.size(), WIDTH});
    shapes.put("bert.embeddings.position_embeddings.weight", new long[] {POSITIONS, WIDTH});
    shapes.put("bert.embeddings.token_type_embeddings.weight", new long[] {2, WIDTH});
    norm("bert.embeddings.LayerNorm");
    for (int i = 0; i < LAYERS; i++) {
      String layer = "bert.encoder.layer." + i + ".";
      List.of("query", "key", "value")
          .forEach(name -> linear(layer + "attention.self." + name, WIDTH, WIDTH));
      linear(layer + "attention.output.dense", WIDTH, WIDTH);
      norm(layer + "attention.output.LayerNorm");
      linear(layer + "intermediate.dense", WIDTH, INNER);
      linear(layer + "output.dense", INNER, WIDTH);
      norm(layer + "output.LayerNorm");
    }
    linear("bert.pooler.dense", WIDTH, WIDTH);
  }

  private void linear(String name, int in, int out) {
    shapes.put(name + ".weight", new long[] {out, in});
    shapes.put(name + ".bias", new long[] {out});
  }

  private void norm(String name) {
    shapes.put(name + ".weight", new long[] {WIDTH});
    shapes.put(name + ".bias", new long[] {WIDTH});
  }

  private byte[] safetensors(Random random) {
    ObjectNode header = JSON.createObjectNode();
    int end = 0;
    for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
      ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", "F32");
      ArrayNode shape = entry.putArray("shape");
      int bytes = Float.BYTES;
      for (long size : tensor.getValue()) {
        shape.add(size);
        bytes = Math.toIntExact(bytes * size);
      }
      entry.putArray("data_offsets").add(end).add(end + bytes);
      end += bytes;
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(Long.BYTES + json.length + end).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(json.length).put(json);
    for (String name : shapes.keySet()) {
      float mean = name.endsWith("LayerNorm.weight") ? 1 : 0;
      long count = header.at("/" + name + "/data_offsets/1").asLong();
      while (file.position() < Long.BYTES + json.length + count) {
        file.putFloat(mean + 0.2f * (float) random.nextGaussian());
      }
    }
    return file.array();
  }
}
