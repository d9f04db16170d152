package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.SplitMix64;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights in several files, and indexes that are wrong. */
class ShardedWeightsTest {
  private static final Path SHARDED = Path.of("src/test/resources/golden/pickles/sharded");
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  @TempDir Path dir;
  private Path index;

  @BeforeEach
  void copyTheModel() throws IOException {
    try (Stream<Path> files = Files.list(SHARDED)) {
      for (Path file : files.toList()) {
        Files.copy(file, dir.resolve(file.getFileName()));
      }
    }
    index = dir.resolve("model.safetensors.index.json");
  }

  /** An index that says where tensors are, with {@code map} inside of its braces. */
  private void write(String map) throws IOException {
    Files.writeString(index, "{\"weight_map\": {" + map + "}}");
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> new ShardedWeights(index).close())
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(index + ": " + message);
  }

  private void assertUnusable(String what) {
    assertRefused("not a usable index of weights: " + what + ". Fetch or write the model again");
  }

  @Test
  void both_kinds_have_the_same_weights() {
    try (WeightSource safe = new ShardedWeights(index);
        WeightSource bin = new ShardedWeights(dir.resolve("pytorch_model.bin.index.json"))) {
      assertThat(safe.location()).isEqualTo(index.toString());
      assertThat(safe.names())
          .containsExactly("layer.0.weight", "layer.1.weight", "layer.2.weight", "layer.3.weight");
      assertThat(bin.names()).isEqualTo(safe.names());
      for (String name : safe.names()) {
        assertThat(safe.shape(name)).containsExactly(3, 2);
        assertThat(bin.shape(name)).containsExactly(3, 2);
        assertThat(bin.dtype(name)).isEqualTo(safe.dtype(name)).isEqualTo(Dtype.F32);
        assertThat(bin.bytes(name)).isEqualTo(safe.bytes(name));
        assertThat(bin.floats(name).remaining()).isEqualTo(24);
      }
      assertThat(safe.bytes("layer.0.weight")).isNotEqualTo(safe.bytes("layer.2.weight"));
    }
  }

  @Test
  void of_two_files_with_one_name_the_map_decides() throws IOException {
    Files.copy(SHARDED.resolve(FIRST), dir.resolve("other.safetensors"));
    byte[] file = Files.readAllBytes(dir.resolve("other.safetensors"));
    Arrays.fill(file, file.length - 48, file.length, (byte) 0);
    Files.write(dir.resolve("other.safetensors"), file);
    write("\"layer.0.weight\": \"other.safetensors\", \"layer.1.weight\": \"" + FIRST + "\"");
    try (WeightSource source = new ShardedWeights(index);
        SafetensorsReader whole = new SafetensorsReader(dir.resolve(FIRST))) {
      assertThat(source.names()).containsExactly("layer.0.weight", "layer.1.weight");
      assertThat(source.bytes("layer.0.weight").getFloat(0)).isZero();
      assertThat(source.bytes("layer.1.weight")).isEqualTo(whole.bytes("layer.1.weight"));
    }
  }

  @Test
  void missing_files_are_told_all_at_once() throws IOException {
    Files.delete(dir.resolve(FIRST));
    Files.delete(dir.resolve(SECOND));
    assertRefused(
        "names files that are not beside it: " + FIRST + "; " + SECOND + ". Fetch them too");
  }

  @Test
  void tensors_that_their_file_lacks_are_told_all_at_once() throws IOException {
    write(
        "\"layer.2.weight\": \"%s\", \"a\\u001b\": \"%s\", \"layer.0.weight\": \"%s\""
            .formatted(FIRST, SECOND, FIRST));
    assertUnusable(
        "it names tensors that their files do not have: layer.2.weight in "
            + FIRST
            + "; a? in "
            + SECOND);
  }

  @Test
  void a_damaged_file_is_told_by_its_own_name() throws IOException {
    Path second = dir.resolve(SECOND);
    Files.writeString(second, "not tensors");
    assertThatThrownBy(() -> new ShardedWeights(index).close())
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(second + ": not a usable safetensors file: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../model.safetensors",
        "/etc/model.safetensors",
        "..\\\\model.safetensors",
        "C:model.safetensors",
        "sub/model.safetensors",
        "..",
        "",
        "model.safetensors\\u0000.bin",
        "model\\nnew.bin",
        "config.json",
        "pytorch_model.bin.index.json"
      })
  void names_that_may_lead_elsewhere_are_refused(String file) throws IOException {
    write("\"w\": \"" + file + "\"");
    assertUnusable(
        "the file of w is no name of a .safetensors or .bin file in the same directory: \""
            + file
            + "\"");
  }

  @Test
  void what_is_no_index_is_told() throws IOException {
    String noJson = "it is not JSON, or has a name twice";
    String noMap = "it has no weight_map with tensors";
    for (String text :
        List.of("<html>", "{\"weight_map\": {", "{} {}", "[".repeat(10_000), "{\"a\":1,\"a\":1}")) {
      Files.writeString(index, text);
      assertUnusable(noJson);
    }
    for (String text :
        List.of("", "null", "[]", "3", "{}", "{\"weight_map\": [\"a\"]}", "{\"weight_map\": {}}")) {
      Files.writeString(index, text);
      assertUnusable(noMap);
    }
    write("\"w\": {\"file\": 3}");
    assertUnusable(
        "the file of w is no name of a .safetensors or .bin file in the same directory:"
            + " {\"file\":3}");
  }

  @Test
  void a_name_that_is_not_there_is_told() {
    try (WeightSource source = new ShardedWeights(index)) {
      assertThatThrownBy(() -> source.shape("w"))
          .isInstanceOf(UserError.class)
          .hasMessage(index + ": has no tensor 'w'");
    }
  }

  @Test
  void closing_closes_every_file() {
    WeightSource source = new ShardedWeights(index);
    source.close();
    for (String name : source.names()) {
      assertThatThrownBy(() -> source.bytes(name)).isInstanceOf(UserError.class);
    }
  }

  @Test
  @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void a_thousand_mutated_indexes_are_read_or_refused() throws IOException {
    SplitMix64 random = new SplitMix64(23);
    byte[] good = Files.readAllBytes(index);
    int refused = 0;
    for (int i = 0; i < 1_000; i++) {
      Files.write(index, mutated(good, random));
      try (WeightSource source = new ShardedWeights(index)) {
        source.names().forEach(name -> assertThat(source.bytes(name).remaining()).isEqualTo(24));
      } catch (UserError e) {
        refused++;
        assertThat(e.kind()).isEqualTo(UserError.Kind.FILE);
        assertThat(e).hasMessageStartingWith(index + ": ").hasMessageNotContaining("Exception");
        assertThat(e.getMessage()).doesNotContain("\n");
      }
    }
    assertThat(refused).isBetween(500, 999);
  }

  private static byte[] mutated(byte[] file, SplitMix64 random) {
    byte[] mutant = file.clone();
    int times = 1 + random.nextInt(3);
    for (int i = 0; i < times; i++) {
      int at = random.nextInt(mutant.length);
      switch (random.nextInt(4)) {
        case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> mutant[at] = (byte) "0123456789-./\\,:\"{}[] tnN".charAt(random.nextInt(25));
        case 2 -> System.arraycopy(mutant, at, mutant, at / 2, mutant.length - at);
        default -> mutant = random.nextInt(9) == 0 ? Arrays.copyOf(mutant, at + 1) : mutant;
      }
    }
    return mutant;
  }
}
