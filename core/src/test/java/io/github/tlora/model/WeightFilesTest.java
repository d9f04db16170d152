package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of a directory's files the weights are read from. */
class WeightFilesTest {
  private static final Path PICKLES = Path.of("src/test/resources/golden/pickles");

  @TempDir Path dir;

  @Test
  void the_first_of_four_names_is_taken() throws IOException {
    try (Stream<Path> files = Files.list(PICKLES.resolve("sharded"))) {
      for (Path file : files.toList()) {
        Files.copy(file, dir.resolve(file.getFileName()));
      }
    }
    Files.copy(PICKLES.resolve("good/zip-2.bin"), dir.resolve("pytorch_model.bin"));
    Files.copy(PICKLES.resolve("good/zip-2.safetensors"), dir.resolve("model.safetensors"));
    for (String name :
        List.of(
            "model.safetensors",
            "model.safetensors.index.json",
            "pytorch_model.bin",
            "pytorch_model.bin.index.json")) {
      try (WeightSource source = WeightFiles.open(dir)) {
        assertThat(source.location()).isEqualTo(dir.resolve(name).toString());
        assertThat(source.names()).contains(name.endsWith(".json") ? "layer.3.weight" : "0.weight");
      }
      Files.delete(dir.resolve(name));
    }
    assertNone(". Fetch the model's weights too");
  }

  private void assertNone(String rest) {
    assertThatThrownBy(() -> WeightFiles.open(dir).close())
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(
            dir
                + ": has no model.safetensors, model.safetensors.index.json, pytorch_model.bin or"
                + " pytorch_model.bin.index.json"
                + rest);
  }

  @Test
  void weights_of_other_frameworks_are_told_with_a_way_out() throws IOException {
    String python = " in Python, with transformers 4, AutoModel.from_pretrained(DIR, from_";
    String writes = "=True).save_pretrained(DIR) writes model.safetensors from it";
    Map<String, String> remedies =
        Map.of(
            "tf_model.h5", python + "tf" + writes,
            "flax_model.msgpack", python + "flax" + writes,
            "model.ckpt.index", python + "tf" + writes,
            "model.onnx", " fetch model.safetensors of the model that it was exported from");
    for (Map.Entry<String, String> remedy : remedies.entrySet()) {
      Files.createFile(dir.resolve(remedy.getKey()));
      assertNone(". " + remedy.getKey() + " is not read:" + remedy.getValue());
      Files.delete(dir.resolve(remedy.getKey()));
    }
    remedies.keySet().forEach(name -> assertThat(dir.resolve(name).toFile().mkdir()).isTrue());
    assertNone(". tf_model.h5 is not read:" + remedies.get("tf_model.h5"));
  }

  @Test
  void a_checkpoint_of_pytorch_alone_is_a_model() throws IOException {
    Path golden = Path.of("src/test/resources/golden/encoders/deberta-v3/model");
    for (String file : List.of("config.json", "pytorch_model.bin")) {
      Files.copy(golden.resolve(file), dir.resolve(file));
    }
    try (WeightSource bin = new ModelFiles.Directory(dir).openWeights();
        WeightSource safe = new ModelFiles.Directory(golden).openWeights()) {
      assertThat(bin.location()).endsWith("pytorch_model.bin");
      assertThat(safe.location()).endsWith("model.safetensors");
      assertThat(bin.names()).containsAll(safe.names());
      for (String name : safe.names()) {
        assertThat(bin.bytes(name)).as(name).isEqualTo(safe.bytes(name));
      }
    }
  }
}
