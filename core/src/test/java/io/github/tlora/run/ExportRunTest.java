package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.tensor.SafetensorsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checkpoints of random weights. */
class ExportRunTest {
  @TempDir private Path directory;
  private Environment places;

  @BeforeEach
  void open() {
    places = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
  }

  /** Only config.json of a tiny encoder, with room for a token a byte. */
  private Path shape(Family family) throws IOException {
    Path shape = Files.createDirectories(directory.resolve("shape"));
    String config = TinyEncoder.of(family).config().toString();
    Files.writeString(
        shape.resolve("config.json"),
        config.replaceFirst("\"vocab_size\":\\d+", "\"vocab_size\":300"));
    return shape;
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void what_is_written_trains(Family family) throws IOException {
    Path written = directory.resolve("written");
    ExportRun.random(shape(family).toString(), 1, written, places);
    TinyTask.writeSst2(directory.resolve("data"), 12, 5);
    Layers layers =
        new Layers()
            .set("model", written.toString(), "--model")
            .set("data", directory.resolve("data").toString(), "--data")
            .set("train.max_length", "32", "--max-length")
            .set("train.epochs", "1", "--epochs");

    assertThat(
            new TrainRun(layers.resolve(), places)
                .run(directory.resolve("run"), List.of(), () -> {}, event -> {}, () -> false))
        .isPresent();
  }

  @Test
  void a_seed_gives_the_same_file_and_another_seed_another() throws IOException {
    String shape = shape(Family.BERT).toString();
    for (String name : List.of("a", "b")) {
      ExportRun.random(shape, 7, directory.resolve(name), places);
    }
    ExportRun.random(shape, 8, directory.resolve("c"), places);
    String file = "model.safetensors";
    assertThat(directory.resolve("a").resolve(file))
        .hasSameBinaryContentAs(directory.resolve("b").resolve(file));
    assertThat(
            Files.mismatch(
                directory.resolve("a").resolve(file), directory.resolve("c").resolve(file)))
        .isPositive();
    try (SafetensorsReader reader = new SafetensorsReader(directory.resolve("a").resolve(file))) {
      String norm = "bert.embeddings.LayerNorm.";
      assertThat(reader.floats(norm + "weight").getFloat(0)).isEqualTo(1f);
      assertThat(reader.floats(norm + "bias").getFloat(0)).isZero();
    }
  }

  @Test
  void what_exists_is_not_overwritten_and_an_unknown_shape_is_told() throws IOException {
    Path there = Files.createDirectories(directory.resolve("there"));
    assertThatThrownBy(() -> ExportRun.random("roberta-base", 0, there, places))
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() -> ExportRun.random("no/such", 0, directory.resolve("new"), places))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("'no/such'");
    assertThat(directory.resolve("new")).doesNotExist();
  }
}
