package io.github.tlora.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.adapter.BitFit;
import io.github.tlora.adapter.Combined;
import io.github.tlora.adapter.Method;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.config.Layers;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Rows;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyMethods;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Factors;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import io.github.tlora.train.AdamW;
import io.github.tlora.train.Event;
import io.github.tlora.train.TrainSettings;
import io.github.tlora.train.Trainer;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntBinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every method promises, on every encoder family: enumerated from the sealed type. */
class MethodContractTest {
  private static final int ROWS = TinyMethods.ROWS;
  private static final int TOKENS = TinyMethods.TOKENS;

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
    return TinyMethods.onEveryFamily();
  }

  /**
   * How far the logits, which are of order 1, may be from the plain encoder's before the first
   * step.
   */
  private static double boundAtTheStart(Method method) {
    return switch (method.methodName()) {
      case "lora-xs" -> 1e-3; // R has a deviation of 1e-5
      case "houlsby", "pfeiffer", "lin", "adapter-drop" -> 1e-1; // near the identity: 1e-2
      case "prefix-embedding", "prefix-layer", "combined" -> Double.MAX_VALUE; // further positions
      default -> 0;
    };
  }

  private static SequenceClassifier model(Slots slots, Family family) {
    return TinyEncoder.of(family).classifier(slots, TinyEncoder.nativeHead(), manager);
  }

  private static SequenceClassifier moved(Slots slots, Family family) {
    return TinyMethods.moved(slots, TinyEncoder.of(family), manager);
  }

  private static float[] logits(SequenceClassifier model, Family family) {
    try (Scope step = Scope.inference(manager)) {
      return model.logits(TinyMethods.input(family, step.manager()), false).toFloatArray();
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
    Method method = TinyMethods.of(name);
    float[] adapted = logits(model(method, family), family);
    float[] plain = logits(model(Slots.NONE, family), family);
    double bound = boundAtTheStart(method);
    if (bound == 0) {
      assertThat(adapted).containsExactly(plain);
    } else {
      assertClose(adapted, plain, bound);
      assertThat(adapted).isNotEqualTo(plain); // or it keeps a stronger promise than it states
    }
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void changes_something_once_it_has_moved(String name, Family family) {
    float[] plain = logits(model(Slots.NONE, family), family);
    float[] adapted = logits(moved(TinyMethods.of(name), family), family);
    assertThat((double) Math.abs(adapted[0] - plain[0])).isGreaterThan(1e-3);
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void gradients_reach_exactly_what_is_trained(String name, Family family) {
    SequenceClassifier model = moved(TinyMethods.of(name), family);
    try (Scope step = Scope.training(manager)) {
      step.backward(loss(model, family, step));
      for (Param param : model.params().all()) {
        boolean isTrained =
            switch (param.role()) {
              case ADAPTER, HEAD -> true;
              case BASE -> name.equals("full") || (name.equals("bitfit") && isBias(param));
              case FIXED -> false;
            };
        assertThat(param.array().hasGradient()).as(param.name()).isEqualTo(isTrained);
        if (isTrained) {
          assertThat(param.array().getGradient().abs().max().getFloat())
              .as(param.name())
              .isGreaterThan(0);
        }
      }
    }
  }

  private static boolean isBias(Param param) {
    return param.name().endsWith("bias");
  }

  private static NDArray loss(SequenceClassifier model, Family family, Scope step) {
    NDArray labels = step.manager().create(new long[] {0, 1, 1, 0});
    return Ops.crossEntropy(
        model.logits(TinyMethods.input(family, step.manager()), true), labels, 1);
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void training_moves_the_trained_and_keeps_the_bits_of_the_frozen(String name, Family family) {
    SequenceClassifier model = moved(TinyMethods.of(name), family);
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
  void merged_equals_unmerged_or_it_says_why_it_cannot(String name, Family family) {
    Method method = TinyMethods.of(name);
    SequenceClassifier adapted = moved(method, family);
    SequenceClassifier merged = model(Slots.NONE, family);
    for (Param param : merged.params().of(Role.BASE)) {
      param.set(adapted.params().get(param.name()).array().duplicate());
    }
    for (Projection projection : adapted.projections()) {
      merged.params().get(projection.weight().name()).set(projection.mergedWeight(manager));
    }
    float[] wanted = logits(adapted, family);
    if (method.mergeObstacle().isEmpty()) {
      assertClose(logits(merged, family), wanted, 1e-5);
    } else {
      assertThat(method.mergeObstacle().get()).contains("no weight of the base");
      assertThat((double) Math.abs(logits(merged, family)[0] - wanted[0])).isGreaterThan(1e-3);
    }
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void unmerging_restores_the_base(String name, Family family) {
    for (Projection projection : moved(TinyMethods.of(name), family).projections()) {
      projection.delta().ifPresent(delta -> assertUndone(delta, projection.weight().array()));
    }
  }

  private static void assertUndone(Delta delta, NDArray w0) {
    try (Scope step = Scope.inference(manager)) {
      NDArray merged = step.keep(delta.weight(w0), step.manager());
      assertThat(Ops.maxAbsDifference(merged, w0)).isGreaterThan(1e-3);
      assertThat(Ops.maxAbsDifference(delta.base(merged, delta.norms(w0)), w0)).isLessThan(1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void the_lora_that_it_equals_has_its_update(String name, Family family) {
    for (Projection projection : moved(TinyMethods.of(name), family).projections()) {
      projection
          .delta()
          .ifPresent(
              delta -> {
                boolean isLow = TinyMethods.of(name).hasLora() || name.equals("combined");
                assertThat(delta.asLora().isPresent()).isEqualTo(isLow);
                delta.asLora().ifPresent(f -> assertSum(f, delta, projection.weight().array()));
              });
    }
  }

  private static void assertSum(Factors factors, Delta delta, NDArray w0) {
    try (Scope step = Scope.inference(manager)) {
      NDArray sum = step.keep(w0.add(factors.up().matMul(factors.down())), step.manager());
      assertThat(Ops.maxAbsDifference(sum, delta.weight(w0))).isLessThan(1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void has_as_many_parameters_as_its_formula_says(String name, Family family) {
    Method method = TinyMethods.of(name);
    SequenceClassifier model = model(method, family);
    long wanted = formula(method, model);
    assertThat(wanted).isPositive();
    assertThat(model.adapterCount()).isEqualTo(wanted);
  }

  private static final int LAYERS = 2;
  private static final int WIDTH = 16;

  private static long formula(Method method, SequenceClassifier model) {
    int r = method.rank() == null ? 0 : method.rank();
    long bottleneck = 2L * r * WIDTH + r + WIDTH;
    return switch (method.methodName()) {
      case "tlora" -> perMatrix(model, (in, out) -> r * r + 1);
      case "lora" -> perMatrix(model, (in, out) -> r * (in + out));
      case "lora-fa" -> perMatrix(model, (in, out) -> r * out);
      case "dora" -> perMatrix(model, (in, out) -> r * (in + out) + out);
      case "lora-xs" -> perMatrix(model, (in, out) -> r * r);
      case "vera" -> perMatrix(model, (in, out) -> out + r);
      case "full" -> model.params().count(Role.BASE);
      case "bitfit" -> model.params().count(p -> p.role() == Role.BASE && isBias(p));
      case "houlsby" -> 2L * LAYERS * bottleneck;
      case "pfeiffer" -> LAYERS * bottleneck;
      case "adapter-drop" -> (LAYERS - 1) * bottleneck;
      case "lin" -> LAYERS * (bottleneck + 2L * WIDTH);
      case "prefix-embedding" -> 2L * WIDTH;
      case "prefix-layer" -> 2L * LAYERS * WIDTH;
      case "combined" -> perMatrix(model, (in, out) -> 3 * (in + out)) + 2L * LAYERS * WIDTH;
      default -> throw new AssertionError("no formula for " + method.methodName());
    };
  }

  private static long perMatrix(SequenceClassifier model, IntBinaryOperator count) {
    return model.projections().stream()
        .filter(p -> p.delta().isPresent())
        .mapToLong(p -> count.applyAsInt(p.site().in(), p.site().out()))
        .sum();
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void combines_with_bitfit(String name, Family family) {
    if (List.of("full", "bitfit", "combined").contains(name)) {
      assertThatThrownBy(() -> new Combined(List.of(TinyMethods.of(name), new BitFit())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("parts must");
      return;
    }
    Method both = new Combined(List.of(TinyMethods.of(name), new BitFit()));
    assertThat(model(both, family).adapterCount())
        .isEqualTo(
            model(TinyMethods.of(name), family).adapterCount()
                + model(new BitFit(), family).adapterCount());
    assertThat(both.mergeObstacle()).isEqualTo(TinyMethods.of(name).mergeObstacle());
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void what_is_saved_comes_back_byte_for_byte(String name, Family family) throws Exception {
    Method method = TinyMethods.of(name);
    SequenceClassifier first = moved(method, family);
    AdapterConfig config = TinyEncoder.of(family).adapterConfig(method, first);
    ModelFiles files = TinyEncoder.of(family).files();
    AdapterFile.write(directory.resolve("a"), first, config, files);

    AdapterConfig read = AdapterFile.readConfig(directory.resolve("a"));
    assertThat(read.method()).isEqualTo(method);
    SequenceClassifier second =
        TinyEncoder.of(family).loaded(read.method(), TinyEncoder.nativeHead(), manager);
    AdapterFile.load(directory.resolve("a"), read, second, manager);
    AdapterFile.write(directory.resolve("b"), second, read, files);

    List<String> written = filesOf(name);
    for (String file : written) {
      assertThat(directory.resolve("b").resolve(file))
          .hasSameBinaryContentAs(directory.resolve("a").resolve(file));
    }
    assertThat(logits(second, family)).containsExactly(logits(first, family));
    assertThat(directory.resolve("a").toFile().list()).containsExactlyInAnyOrderElementsOf(written);
    assertThat(directory.resolve("a").resolve(written.get(0)))
        .hasSize(AdapterFile.bytes(declared(method, family), method));
  }

  /** What is in an adapter's directory; the tensors come first. */
  private static List<String> filesOf(String method) {
    return method.equals("full")
        ? List.of(
            "model.safetensors",
            "config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "tlora_config.json")
        : List.of(AdapterFile.WEIGHTS, AdapterFile.CONFIG);
  }

  /** Without values. */
  private static SequenceClassifier declared(Method method, Family family) {
    return SequenceClassifier.declare(
        TinyEncoder.of(family).architecture(), TinyEncoder.nativeHead(), 2, method);
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void an_interrupted_training_goes_on_to_the_same_bytes(String name, Family family) {
    Method method = TinyMethods.of(name);
    TinyEncoder encoder = TinyEncoder.of(family).withDropout(0.1);
    SequenceClassifier whole = trainedTo(Integer.MAX_VALUE, method, encoder, "unused");
    SequenceClassifier stopped = trainedTo(3, method, encoder, "adapter");
    AdapterConfig config = encoder.adapterConfig(method, stopped);
    SequenceClassifier again = encoder.loaded(method, TinyEncoder.nativeHead(), manager);
    AdapterFile.load(directory.resolve("adapter"), config, again, manager);
    again.trainByRole();
    new Trainer(again, RECIPE, new Seeds(0), manager)
        .fit(
            TinyTask.rows(family, LENGTHS),
            Map.of("dev", TinyTask.rows(family, LENGTHS)),
            Glue.SST2,
            event -> {},
            () -> false,
            directory.resolve("state"));
    assertThat(values(again)).isNotEmpty();
    whole
        .params()
        .all()
        .forEach(
            param ->
                assertThat(again.params().get(param.name()).array().toFloatArray())
                    .as(param.name())
                    .containsExactly(param.array().toFloatArray()));
  }

  private static final int[] LENGTHS = {7, 3, 11, 5, 9, 4, 6, 8};

  /** Four steps, two an epoch, with the model's dropout and decay. */
  private static final TrainSettings RECIPE =
      new Layers()
          .set("train.learning_rate", "0.01", "--set")
          .set("train.epochs", "2", "--set")
          .set("train.batch_size", "4", "--set")
          .set("train.eval_batch_size", "8", "--set")
          .set("train.max_length", "40", "--set")
          .set("train.weight_decay", "0.1", "--set")
          .set("train.warmup_ratio", "0.25", "--set")
          .set("train.max_grad_norm", "0.5", "--set")
          .resolve()
          .train();

  /** A model trained for so many steps, with adapter and optimizer's state saved at the last. */
  private SequenceClassifier trainedTo(
      int steps, Method method, TinyEncoder encoder, String adapter) {
    SequenceClassifier model = encoder.classifier(method, TinyEncoder.nativeHead(), manager);
    Trainer trainer = new Trainer(model, RECIPE, new Seeds(0), manager);
    AtomicLong done = new AtomicLong();
    Rows rows = TinyTask.rows(encoder.family(), LENGTHS);
    trainer.fit(
        rows,
        Map.of("dev", rows),
        Glue.SST2,
        event -> {
          done.set(event.step());
          if (event instanceof Event.Stepped && event.step() == steps) {
            AdapterConfig config = encoder.adapterConfig(method, model);
            AdapterFile.write(directory.resolve(adapter), model, config, encoder.files());
            trainer.saveState(directory.resolve("state"));
          }
        },
        () -> done.get() == steps);
    assertThat(done.get()).isEqualTo(Math.min(steps, 4));
    return model;
  }

  @ParameterizedTest
  @MethodSource("every_method_on_every_family")
  void another_base_is_refused_with_both_hashes(String name, Family family) {
    Method method = TinyMethods.of(name);
    SequenceClassifier own = model(method, family);
    AdapterConfig config = TinyEncoder.of(family).adapterConfig(method, own);
    AdapterFile.write(directory.resolve("a"), own, config, TinyEncoder.of(family).files());
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
    SequenceClassifier model = moved(TinyMethods.of(name), family);
    float[] padded = logits(model, family);
    try (Scope step = Scope.inference(manager)) {
      Input all = TinyMethods.input(family, step.manager());
      String half = (ROWS - 1) + ":" + ROWS + ",:" + TOKENS / 2;
      Input alone = new Input(all.ids().get(half), all.mask().get(half), all.typeIds().get(half));
      float[] bare = model.logits(alone, false).toFloatArray();
      assertThat((double) bare[0]).isCloseTo(padded[2 * (ROWS - 1)], within(1e-5));
      assertThat((double) bare[1]).isCloseTo(padded[2 * (ROWS - 1) + 1], within(1e-5));
    }
  }

  /** For every setting of every method a value that it must refuse, and how the refusal begins. */
  private static final Map<String, Map<String, String>> BAD =
      Map.ofEntries(
          Map.entry("rank", Map.of("0", "must be at least 1", "-1", "must be at least 1")),
          Map.entry("length", Map.of("0", "must be at least 1", "two", "must be a whole number")),
          Map.entry("alpha", Map.of("0", "must be", "-1", "must be")),
          Map.entry("targets", Map.of("[]", "must name", "[' ']", "must not be empty")),
          Map.entry("dropout", Map.of("1", "must be at least 0 and below 1", "-0.1", "must be")),
          Map.entry("init", Map.of("random", "must be one of (reference, fan-in, ortho")),
          Map.entry("alpha_learning_rate", Map.of("-1", "must be a number of at least 0")),
          Map.entry("alpha_decays", Map.of("maybe", "must be true or false")),
          Map.entry("dropout_on", Map.of("output", "must be one of (update, input)")),
          Map.entry("store_fixed", Map.of("1", "must be true or false")),
          Map.entry("rank_stabilized", Map.of("yes!", "must be true or false")),
          Map.entry("rank_pattern", Map.of("{query: 0}", "must be at", "{'(': 1}", "must have")),
          Map.entry("alpha_pattern", Map.of("{query: 0}", "must be", "3", "must be a group")),
          Map.entry("loraplus_lr_ratio", Map.of("0", "must be a number above 0")),
          Map.entry("d_initial", Map.of("0", "must be a number above 0")),
          Map.entry("dropped_layers", Map.of("-1", "must be at least 0")),
          Map.entry(
              "parts",
              Map.of(
                  "[{method: lora}]", "must be two",
                  "[{method: lora}, {method: lora}]", "must be different",
                  "[{method: lora}, {method: full}]", "must leave",
                  "[{method: lora}, {method: dora}]", "must act on different places",
                  "[{method: lin}, {method: houlsby}]", "must act on different places",
                  "[{method: prefix-layer}, {method: prefix-embedding}]", "must act")));

  static Stream<String> every_method() {
    return Method.names().stream();
  }

  @ParameterizedTest
  @MethodSource("every_method")
  void every_setting_refuses_its_bad_values(String name) {
    for (RecordComponent setting : TinyMethods.of(name).getClass().getRecordComponents()) {
      String key = setting.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
      assertThat(BAD).containsKey(key);
      BAD.get(key)
          .forEach(
              (value, refusal) ->
                  assertThatThrownBy(
                          () ->
                              new Layers()
                                  .set("adapter.method", name, "--method")
                                  .set("adapter." + key, value, "--set")
                                  .resolve())
                      .as("%s: %s", key, value)
                      .isInstanceOf(UserError.class)
                      .hasMessageStartingWith("--set: adapter." + key + " " + refusal));
    }
  }

  @ParameterizedTest
  @MethodSource("every_method")
  void says_what_it_is_in_a_line(String name) {
    Method method = TinyMethods.of(name);
    assertThat(method.summary()).isNotBlank().hasSizeLessThanOrEqualTo(64);
    assertThat(method.source()).matches("arXiv \\d{4}\\.\\d{5}");
    assertThat(method.defaultLearningRate()).isBetween(1e-5, 1e-1);
    assertThat(method.label()).matches("[\\w-]*");
  }
}
