package io.github.tlora.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.Method;
import io.github.tlora.adapter.TLora;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.RandomWeights;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.SplitMix64;
import io.github.tlora.tensor.Torch;
import io.github.tlora.train.AdamW;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every method promises, on every encoder family: enumerated from the sealed type. */
class MethodContractTest {
  private static final int ROWS = 4;
  private static final int TOKENS = 18;

  private static NDManager manager;

  @TempDir Path directory;

  @BeforeAll
  static void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close() {
    manager.close();
  }

  static Stream<Arguments> every_method_on_every_family() {
    List<String> names = Method.names();
    assertThat(names).contains("tlora", "lora");
    return names.stream()
        .flatMap(name -> Stream.of(Family.values()).map(family -> Arguments.of(name, family)));
  }

  /** A method with small settings, made as a user's configuration makes it. */
  private static Method method(String name) {
    return new Layers()
        .set("adapter.method", name, "--method")
        .set("adapter.rank", "3", "--rank")
        .resolve()
        .adapter();
  }

  private static SequenceClassifier model(Slots slots, Family family) {
    return TinyEncoder.of(family).classifier(slots, TinyEncoder.nativeHead(), manager);
  }

  /** A model whose adapter does something. */
  private static SequenceClassifier moved(Slots slots, Family family) {
    SequenceClassifier model = model(slots, family);
    RandomWeights.redraw(model.params().of(Role.ADAPTER), 0.5, manager);
    model.trainByRole();
    return model;
  }

  /** Rows of random ids; the last one is half padding. */
  private static Input input(Family family, NDManager owner) {
    SplitMix64 random = new Seeds(3).stream("input");
    long[][] ids = new long[ROWS][TOKENS];
    long[][] mask = new long[ROWS][TOKENS];
    for (int row = 0; row < ROWS; row++) {
      int real = row == ROWS - 1 ? TOKENS / 2 : TOKENS;
      for (int i = 0; i < TOKENS; i++) {
        ids[row][i] = i < real ? 4 + random.nextInt(TinyTask.VOCABULARY - 4) : family.padding();
        mask[row][i] = i < real ? 1 : 0;
      }
    }
    return new Input(
        owner.create(flat(ids)).reshape(ROWS, TOKENS),
        owner.create(flat(mask)).reshape(ROWS, TOKENS),
        owner.create(new long[ROWS * TOKENS]).reshape(ROWS, TOKENS));
  }

  private static long[] flat(long[][] rows) {
    return Stream.of(rows).flatMapToLong(Arrays::stream).toArray();
  }

  private static float[] logits(SequenceClassifier model, Family family) {
    try (Scope step = Scope.inference(manager)) {
      return model.logits(input(family, step.manager()), false).toFloatArray();
    }
  }

  private static void assertClose(float[] ours, float[] wanted, double bound) {
    assertThat(ours).hasSameSizeAs(wanted);
    for (int i = 0; i < ours.length; i++) {
      assertThat((double) ours[i]).isCloseTo(wanted[i], within(bound));
    }
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void changes_nothing_at_the_start(String name, Family family) {
    assertThat(logits(model(method(name), family), family))
        .containsExactly(logits(model(Slots.NONE, family), family));
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void changes_something_once_it_has_moved(String name, Family family) {
    float[] plain = logits(model(Slots.NONE, family), family);
    float[] adapted = logits(moved(method(name), family), family);
    assertThat((double) Math.abs(adapted[0] - plain[0])).isGreaterThan(1e-3);
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void gradients_reach_exactly_what_is_trained(String name, Family family) {
    SequenceClassifier model = moved(method(name), family);
    try (Scope step = Scope.training(manager)) {
      step.backward(loss(model, family, step));
      for (Param param : model.params().all()) {
        boolean isTrained = param.role() == Role.ADAPTER || param.role() == Role.HEAD;
        assertThat(param.array().hasGradient()).as(param.name()).isEqualTo(isTrained);
        if (isTrained) {
          assertThat(param.array().getGradient().abs().max().getFloat())
              .as(param.name())
              .isGreaterThan(0);
        }
      }
    }
  }

  private static NDArray loss(SequenceClassifier model, Family family, Scope step) {
    NDArray labels = step.manager().create(new long[] {0, 1, 1, 0});
    return Ops.crossEntropy(model.logits(input(family, step.manager()), true), labels, 1);
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void training_moves_the_trained_and_keeps_the_bits_of_the_frozen(String name, Family family) {
    SequenceClassifier model = moved(method(name), family);
    Map<String, float[]> before = values(model);
    List<AdamW.Item> items =
        model.params().trained().stream().map(p -> new AdamW.Item(p, 1e-2, 0.01)).toList();
    try (AdamW optimizer = new AdamW(items, manager)) {
      for (int i = 0; i < 3; i++) {
        try (Scope step = Scope.training(manager)) {
          step.backward(loss(model, family, step));
          optimizer.step(1, 0);
        }
      }
    }
    Map<String, float[]> after = values(model);
    for (Param param : model.params().all()) {
      if (param.isTrained()) {
        assertThat(after.get(param.name())).as(param.name()).isNotEqualTo(before.get(param.name()));
      } else {
        assertThat(after.get(param.name())).as(param.name()).isEqualTo(before.get(param.name()));
      }
    }
  }

  private static Map<String, float[]> values(SequenceClassifier model) {
    Map<String, float[]> values = new LinkedHashMap<>();
    model.params().all().forEach(p -> values.put(p.name(), p.array().toFloatArray()));
    return values;
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void merged_equals_unmerged(String name, Family family) {
    SequenceClassifier adapted = moved(method(name), family);
    SequenceClassifier merged = model(Slots.NONE, family);
    for (Projection projection : adapted.projections()) {
      merged.params().get(projection.weight().name()).set(projection.mergedWeight(manager));
    }
    assertClose(logits(merged, family), logits(adapted, family), 1e-5);
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void has_as_many_parameters_as_its_formula_says(String name, Family family) {
    Method method = method(name);
    SequenceClassifier model = model(method, family);
    long wanted =
        model.projections().stream()
            .filter(p -> p.delta().isPresent())
            .mapToLong(p -> formula(method, p.site().in(), p.site().out()))
            .sum();
    assertThat(wanted).isPositive();
    assertThat(model.adapterCount()).isEqualTo(wanted);
  }

  private static long formula(Method method, int in, int out) {
    int r = method.rank();
    if (method instanceof TLora) {
      return (long) r * r + 1;
    } else if (method instanceof Lora) {
      return (long) r * (in + out);
    }
    throw new AssertionError("no formula for " + method.methodName() + ": add it here");
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void what_is_saved_comes_back_byte_for_byte(String name, Family family) throws Exception {
    Method method = method(name);
    SequenceClassifier first = moved(method, family);
    AdapterConfig config = TinyEncoder.of(family).adapterConfig(method, first);
    AdapterFile.write(directory.resolve("a"), first, config);

    AdapterConfig read = AdapterFile.readConfig(directory.resolve("a"));
    assertThat(read.method()).isEqualTo(method);
    SequenceClassifier second =
        TinyEncoder.of(family).loaded(read.method(), TinyEncoder.nativeHead(), manager);
    AdapterFile.load(directory.resolve("a"), read, second, manager);
    AdapterFile.write(directory.resolve("b"), second, read);

    for (String file : List.of(AdapterFile.CONFIG, AdapterFile.WEIGHTS)) {
      assertThat(directory.resolve("b").resolve(file))
          .hasSameBinaryContentAs(directory.resolve("a").resolve(file));
    }
    assertThat(logits(second, family)).containsExactly(logits(first, family));
    assertThat(directory.resolve("a").toFile().list())
        .containsExactlyInAnyOrder(AdapterFile.CONFIG, AdapterFile.WEIGHTS);
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void another_base_is_refused_with_both_hashes(String name, Family family) {
    Method method = method(name);
    SequenceClassifier own = model(method, family);
    AdapterConfig config = TinyEncoder.of(family).adapterConfig(method, own);
    AdapterFile.write(directory.resolve("a"), own, config);
    SequenceClassifier other =
        TinyEncoder.of(family).withSeed(18).loaded(method, TinyEncoder.nativeHead(), manager);
    assertThatThrownBy(() -> AdapterFile.load(directory.resolve("a"), config, other, manager))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageContaining(own.baseHash().substring(0, 12))
        .hasMessageContaining(other.baseHash().substring(0, 12));
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void padding_does_not_change_a_row(String name, Family family) {
    SequenceClassifier model = moved(method(name), family);
    float[] padded = logits(model, family);
    try (Scope step = Scope.inference(manager)) {
      Input all = input(family, step.manager());
      String half = (ROWS - 1) + ":" + ROWS + ",:" + TOKENS / 2;
      Input alone = new Input(all.ids().get(half), all.mask().get(half), all.typeIds().get(half));
      float[] bare = model.logits(alone, false).toFloatArray();
      assertThat((double) bare[0]).isCloseTo(padded[2 * (ROWS - 1)], within(1e-5));
      assertThat((double) bare[1]).isCloseTo(padded[2 * (ROWS - 1) + 1], within(1e-5));
    }
  }
}
