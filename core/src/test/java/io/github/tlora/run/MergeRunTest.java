package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.SafetensorsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Merging and unmerging, from files to files. */
class MergeRunTest {
  @TempDir private Path directory;
  private Environment environment;

  @BeforeEach
  void write_data() {
    environment = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
    TinyTask.writeSst2(directory.resolve("data"), 40, 60);
  }

  private Path train(Family family, String... settings) {
    Path model = directory.resolve("model");
    TinyEncoder.of(family).write(model);
    Layers layers =
        new Layers()
            .set("model", model.toString(), "--model")
            .set("data", directory.resolve("data").toString(), "--data")
            .set("train.max_length", "32", "--max-length")
            .set("train.epochs", "1", "--epochs")
            .set("train.learning_rate", "0.02", "--learning-rate")
            .set("baseline", "false", "--no-baseline");
    for (int i = 0; i < settings.length; i += 2) {
      layers.set(settings[i], settings[i + 1], "--set");
    }
    Path run = directory.resolve("run");
    assertThat(
            new TrainRun(layers.resolve(), environment)
                .run(run, List.of("train"), () -> {}, event -> {}, () -> false))
        .isPresent();
    return run;
  }

  private MergeRun.Result merge(Path run, Dtype dtype, Double tolerance) {
    return MergeRun.merge(
        new MergeRun.Request(run, directory.resolve("merged"), null, null, dtype, tolerance),
        environment);
  }

  private UnmergeRun.Result unmerge(Path adapter) {
    return UnmergeRun.unmerge(
        directory.resolve("merged"), adapter, directory.resolve("base"), null, environment);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  static Stream<String> methods_that_merge() {
    return Stream.of("tlora", "lora", "dora", "lora-xs", "vera", "lora-fa", "bitfit");
  }

  @ParameterizedTest
  @MethodSource("methods_that_merge")
  void unmerging_restores_the_base_and_its_config(String method) throws Exception {
    Path run = train(Family.DEBERTA, "adapter.method", method);
    merge(run, null, null);
    UnmergeRun.Result result = unmerge(null);
    assertThat(result.largestError()).isBetween(0.0, 1e-6);
    assertThat(result.dtype()).isEqualTo(Dtype.F32);
    assertThat(Files.readString(directory.resolve("base/config.json")).strip())
        .isEqualTo(Files.readString(directory.resolve("model/config.json")).strip());
    // Without subtracting anything the error is not small.
    try (SafetensorsReader merged =
            new SafetensorsReader(directory.resolve("merged/model.safetensors"));
        SafetensorsReader base =
            new SafetensorsReader(directory.resolve("base/model.safetensors"));
        SafetensorsReader model =
            new SafetensorsReader(directory.resolve("model/model.safetensors"))) {
      assertThat(base.names()).containsExactlyInAnyOrderElementsOf(model.names());
      assertThat(difference(merged, model)).isGreaterThan(1e-4);
      assertThat(difference(base, model)).isEqualTo(result.largestError());
    }
  }

  private static double difference(SafetensorsReader one, SafetensorsReader other) {
    double largest = 0;
    for (String name : other.names()) {
      var a = one.floats(name).asFloatBuffer();
      var b = other.floats(name).asFloatBuffer();
      for (int i = 0; i < b.limit(); i++) {
        largest = Math.max(largest, Math.abs(a.get(i) - b.get(i)));
      }
    }
    return largest;
  }

  @ParameterizedTest
  @CsvSource({"F16, 1e-7, 5e-3", "BF16, 1e-5, 5e-2"})
  void half_precision_says_what_rounding_costs(Dtype dtype, double least, double most)
      throws Exception {
    Path run = train(Family.BERT, "adapter.method", "lora");
    MergeRun.Result result = merge(run, dtype, null);
    assertThat(result.largestDifference()).isBetween(least, most);
    assertThat(result.tolerance()).isEqualTo(most);
    assertThat(result.changedLabels()).isNotNull();
    assertThat(result.unmerged().keySet()).isEqualTo(result.merged().keySet());
    assertThat(Files.readString(directory.resolve("merged/config.json")))
        .contains("\"" + dtype.torchName() + "\"");
    try (SafetensorsReader merged =
        new SafetensorsReader(directory.resolve("merged/model.safetensors"))) {
      assertThat(merged.names()).allMatch(name -> merged.dtype(name) == dtype);
    }
    UnmergeRun.Result restored = unmerge(null);
    assertThat(restored.dtype()).isEqualTo(dtype);
    assertThat(restored.largestError()).isBetween(1e-6, 2e-2); // rounded twice
    // A base of that type is merged into that type unless another is asked for.
    Path again =
        TrainRunOn.of(directory.resolve("base"), directory.resolve("data"), environment)
            .train(directory.resolve("second"));
    MergeRun.Result second =
        MergeRun.merge(
            new MergeRun.Request(again, directory.resolve("m2"), null, null, null, null),
            environment);
    assertThat(second.dtype()).isEqualTo(dtype);
  }

  /** A training on another base. */
  private record TrainRunOn(Path model, Path data, Environment environment) {
    static TrainRunOn of(Path model, Path data, Environment environment) {
      return new TrainRunOn(model, data, environment);
    }

    Path train(Path run) {
      Layers layers =
          new Layers()
              .set("model", model.toString(), "--model")
              .set("data", data.toString(), "--data")
              .set("train.max_length", "32", "--max-length")
              .set("train.epochs", "1", "--epochs");
      new TrainRun(layers.resolve(), environment)
          .run(run, List.of("train"), () -> {}, event -> {}, () -> false);
      return run;
    }
  }

  @Test
  void rounding_over_the_tolerance_leaves_nothing_and_says_how_to_keep_the_digits()
      throws Exception {
    Path run = train(Family.ROBERTA, "adapter.method", "tlora");
    assertThatThrownBy(() -> merge(run, Dtype.BF16, 1e-6))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FAILED))
        .hasMessageContainingAll("of 60 labels change", "--tolerance", "--dtype f32");
    assertThat(files()).containsExactly("data", "model", "run");
  }

  static Stream<String> methods_that_do_not() {
    return Method.names().stream()
        .filter(
            name ->
                name.contains("prefix") || List.of("houlsby", "lin", "pfeiffer").contains(name));
  }

  @ParameterizedTest
  @MethodSource("methods_that_do_not")
  void what_cannot_be_merged_is_refused_with_the_reason(String method) throws Exception {
    Path run = train(Family.BERT, "adapter.method", method);
    assertThatThrownBy(() -> merge(run, null, null))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessageContainingAll(run.toString(), method + " cannot be merged: ");
    assertThat(files()).containsExactly("data", "model", "run");
  }

  @Test
  void full_fine_tuning_merges_to_itself_and_cannot_be_taken_out() throws Exception {
    Path run = train(Family.BERT, "adapter.method", "full");
    assertThat(merge(run, null, null).largestDifference()).isLessThan(1e-6);
    assertThatThrownBy(() -> unmerge(null))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("nothing of the base is left");
  }

  @Test
  void another_adapter_than_the_merged_one_is_refused() throws Exception {
    Path run = train(Family.BERT);
    merge(run, null, null);
    Path file = run.resolve("last/adapter_model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> unmerge(run.resolve("last")))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageContaining("is not the adapter that was merged");
    assertThat(files()).doesNotContain("base");
  }

  @ParameterizedTest
  @EnumSource(names = {"BERT", "XLM_ROBERTA"})
  void without_the_base_at_hand_it_is_restored_uncompared(Family family) throws Exception {
    Path run = train(family);
    merge(run, null, null);
    Files.move(directory.resolve("model"), directory.resolve("elsewhere"));
    assertThat(unmerge(run).largestError()).isNull();
    Path elsewhere = directory.resolve("elsewhere");
    assertThat(
            UnmergeRun.unmerge(
                    directory.resolve("merged"),
                    run,
                    directory.resolve("again"),
                    elsewhere.toString(),
                    environment)
                .largestError())
        .isBetween(0.0, 1e-6);
  }

  @Test
  void a_checkpoint_that_was_not_merged_here_is_refused() {
    TinyEncoder.of(Family.BERT).write(directory.resolve("merged"));
    assertThatThrownBy(() -> unmerge(null))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageContaining("Give a checkpoint that 'tlora merge' wrote");
  }
}
