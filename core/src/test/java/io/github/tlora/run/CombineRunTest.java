package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tlora.UserError;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.tensor.SafetensorsReader;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Adding adapters up, from files to files; what is wanted comes from merged checkpoints. */
class CombineRunTest {
  @TempDir private Path directory;
  private TinyRuns tiny;
  private Environment environment;

  @BeforeEach
  void write_data() {
    tiny = new TinyRuns(directory);
    environment = tiny.environment();
    tiny.writeData(30);
  }

  private Path train(Family family, String task, String name, String... settings) {
    Path model = directory.resolve("model");
    TinyEncoder.of(family).write(model);
    Layers layers = tiny.layers(task, model, settings);
    return tiny.train(name, layers.set("seed", TinyRuns.seedOf(name), "--seed"));
  }

  private CombineRun.Result combine(
      List<Path> runs, List<Double> weights, Integer rank, Integer head) {
    return CombineRun.combine(
        new CombineRun.Request(runs, weights, rank, head, directory.resolve("both"), null),
        environment);
  }

  private SafetensorsReader merged(Path run, String name) {
    MergeRun.merge(
        new MergeRun.Request(run, directory.resolve(name), null, null, null, null), environment);
    return new SafetensorsReader(directory.resolve(name).resolve("model.safetensors"));
  }

  /** Weights of the encoder: {@code both - base} against the weighted sum of the others less it. */
  private double error(Path one, Path other, double w1, double w2, Path both) {
    double largest = 0;
    double moved = 0;
    try (SafetensorsReader base =
            new SafetensorsReader(directory.resolve("model/model.safetensors"));
        SafetensorsReader a = merged(one, "m1");
        SafetensorsReader b = merged(other, "m2");
        SafetensorsReader sum = merged(both, "m3")) {
      for (String name : base.names()) {
        FloatBuffer zero = base.floats(name).asFloatBuffer();
        FloatBuffer first = a.floats(name).asFloatBuffer();
        FloatBuffer second = b.floats(name).asFloatBuffer();
        FloatBuffer ours = sum.floats(name).asFloatBuffer();
        for (int i = 0; i < zero.limit(); i++) {
          double w0 = zero.get(i);
          double wanted = w1 * (first.get(i) - w0) + w2 * (second.get(i) - w0);
          moved = Math.max(moved, Math.abs(wanted));
          largest = Math.max(largest, Math.abs(ours.get(i) - w0 - wanted));
        }
      }
    }
    assertThat(moved).isGreaterThan(1e-3); // or nothing would be compared
    return largest;
  }

  static Stream<List<String>> pairs_of_methods() {
    return Stream.of(
        List.of("BERT", "tlora", "lora"),
        List.of("ROBERTA", "vera", "lora-xs"),
        List.of("DEBERTA", "lora-fa", "tlora"),
        List.of("DEBERTA_V2", "lora", "lora"));
  }

  @ParameterizedTest
  @MethodSource("pairs_of_methods")
  void the_exact_sum_changes_the_weights_by_the_weighted_sum(List<String> names) {
    Family family = Family.valueOf(names.get(0));
    Path one = train(family, "sst2", "one", "adapter.method", names.get(1), "adapter.rank", "3");
    Path other =
        train(
            family,
            "sst2",
            "other",
            "adapter.method",
            names.get(2),
            "adapter.rank",
            "4",
            "adapter.targets",
            "[" + (family == Family.DEBERTA ? "in_proj, " : "value, ") + "output]");
    CombineRun.Result result = combine(List.of(one, other), List.of(0.7, -1.3), null, 0);
    assertThat(result.largestDifference()).isLessThan(1e-6);
    assertThat(result.relativeError()).isNull();
    assertThat(result.rank()).isEqualTo(7);
    assertThat(error(one, other, 0.7, -1.3, directory.resolve("both"))).isLessThan(1e-6);
  }

  @Test
  void a_rank_that_is_enough_loses_nothing_and_one_that_is_not_says_what_it_loses() {
    Path one = train(Family.BERT, "sst2", "one", "adapter.method", "lora", "adapter.rank", "2");
    CombineRun.Result half = combine(List.of(one, one), List.of(1.0, -0.5), 2, 0);
    assertThat(half.rank()).isEqualTo(2);
    assertThat(half.relativeError()).isBetween(0.0, 1e-5);
    assertThat(error(one, one, 1, -0.5, directory.resolve("both"))).isLessThan(1e-6);

    Path other = train(Family.BERT, "sst2", "other", "adapter.method", "lora", "adapter.rank", "2");
    CombineRun.Result cut =
        CombineRun.combine(
            new CombineRun.Request(List.of(one, other), null, 1, 0, directory.resolve("cut"), null),
            environment);
    assertThat(cut.rank()).isEqualTo(1);
    assertThat(cut.relativeError()).isBetween(0.05, 0.95);
    assertThat(cut.largestDifference()).isGreaterThan(1e-4);
  }

  @ParameterizedTest
  @CsvSource({"0, sst2", "1, rte"})
  void the_result_has_the_head_and_the_task_that_were_asked_for(int head, String task) {
    List<Path> runs =
        List.of(train(Family.BERT, "sst2", "film"), train(Family.BERT, "rte", "follows"));
    assertThat(combine(runs, null, null, head).task()).isEqualTo(task);
    assertThat(AdapterFile.readConfig(directory.resolve("both")).labels())
        .isEqualTo(LoadedAdapter.configOf(runs.get(head)).labels());
    assertThat(head("both")).containsExactly(head(runs.get(head).getFileName() + "/adapter"));
  }

  private float[] head(String adapter) {
    Path file = directory.resolve(adapter).resolve(AdapterFile.WEIGHTS);
    try (SafetensorsReader reader = new SafetensorsReader(file)) {
      String name =
          reader.names().stream().filter(n -> n.endsWith("classifier.weight")).findFirst().get();
      float[] values = new float[2 * 16];
      reader.floats(name).asFloatBuffer().get(values);
      return values;
    }
  }

  @Test
  void heads_of_one_form_can_be_averaged() {
    List<Path> runs =
        List.of(train(Family.BERT, "sst2", "one"), train(Family.BERT, "sst2", "other"));
    combine(runs, List.of(3.0, 1.0), null, null);
    float[] a = head("one/adapter");
    float[] b = head("other/adapter");
    float[] ours = head("both");
    for (int i = 0; i < ours.length; i++) {
      assertThat((double) ours[i]).isCloseTo(0.75 * a[i] + 0.25 * b[i], within(1e-6));
    }
  }

  @Test
  void heads_of_two_forms_cannot() {
    List<Path> runs =
        List.of(train(Family.BERT, "sst2", "one"), train(Family.BERT, "stsb", "other"));
    assertThatThrownBy(() -> combine(runs, null, null, null))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("--head average", "another form");
    assertThat(directory.resolve("both")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"dora, equals no LoRA", "houlsby, equals no LoRA", "bitfit, equals no LoRA"})
  void what_equals_no_lora_is_refused(String method, String why) {
    Path one = train(Family.BERT, "sst2", "one");
    Path other = train(Family.BERT, "sst2", "other", "adapter.method", method);
    assertThatThrownBy(() -> combine(List.of(one, other), null, null, 0))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessageContainingAll(other.toString(), why);
    assertThat(directory.resolve("both")).doesNotExist();
  }

  @Test
  void biases_beside_the_update_are_refused() {
    Path one = train(Family.BERT, "sst2", "one");
    Path other =
        train(
            Family.BERT,
            "sst2",
            "other",
            "adapter.method",
            "combined",
            "adapter.parts",
            "[{method: lora}, {method: bitfit}]");
    assertThatThrownBy(() -> combine(List.of(one, other), null, null, 0))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("changes weights of the base besides its update");
  }

  @Test
  void requests_that_mean_nothing_are_refused() {
    Path run = directory.resolve("run");
    Path out = directory.resolve("out");
    List<Path> two = List.of(run, run);
    assertThatThrownBy(() -> new CombineRun.Request(List.of(run), null, null, 0, out, null))
        .hasMessageContaining("two adapters or more, got 1");
    assertThatThrownBy(() -> new CombineRun.Request(two, List.of(1.0), null, 0, out, null))
        .hasMessageContaining("one number an adapter, 2, got 1");
    assertThatThrownBy(() -> new CombineRun.Request(two, List.of(1.0, 0.0), null, 0, out, null))
        .hasMessageContaining("not 0");
    assertThatThrownBy(() -> new CombineRun.Request(two, null, 0, 0, out, null))
        .hasMessageContaining("at least 1, got 0");
    assertThatThrownBy(() -> new CombineRun.Request(two, null, null, 2, out, null))
        .hasMessageContaining("1 to 2, or average");
    assertThatThrownBy(() -> new CombineRun.Request(two, List.of(1.0, -1.0), null, null, out, null))
        .hasMessageContaining("sum is above 0");
  }
}
