package io.github.tlora.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.tlora.adapter.BitFit;
import io.github.tlora.adapter.Full;
import io.github.tlora.adapter.Houlsby;
import io.github.tlora.adapter.Lin;
import io.github.tlora.adapter.LoraFa;
import io.github.tlora.adapter.LoraXs;
import io.github.tlora.adapter.Method;
import io.github.tlora.adapter.Pfeiffer;
import io.github.tlora.adapter.PrefixEmbedding;
import io.github.tlora.adapter.PrefixLayer;
import io.github.tlora.adapter.TLora;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.checkpoint.PeftAdapter;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import io.github.tlora.train.AdamW;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Repeats with our code what a fixture holds and measures the largest differences, over whole
 * tensors. It judges nothing, so that a test can also show that a wrong implementation is found.
 */
final class Replay {
  /** Methods whose files are read as PEFT wrote them; of lora-fa PEFT does not tell. */
  private static final Set<String> PEFT = Set.of("lora", "rslora", "dora", "vera");

  /** Gradients up to this are rounding. */
  private static final double ROUNDING = 1e-7;

  private final Fixture fixture;
  private final String method;
  private final Mutation mutation;
  private final Map<String, Double> errors = new TreeMap<>();
  private int tensors;
  private double gradTolerance;

  /**
   * What a wrong implementation would do otherwise.
   *
   * @param flips the tensors of which one has a wrong sign somewhere
   * @param decays whether there is weight decay
   * @param freezes what the optimizer leaves out
   */
  record Mutation(Predicate<Param> flips, boolean decays, Predicate<Param> freezes) {
    static final Mutation NONE = new Mutation(param -> false, true, param -> false);
    static final Mutation WITHOUT_DECAY = new Mutation(param -> false, false, param -> false);

    static Mutation flipping(Predicate<Param> flips) {
      return new Mutation(flips, true, param -> false);
    }

    static Mutation freezing(Predicate<Param> freezes) {
      return new Mutation(param -> false, true, freezes);
    }
  }

  private Replay(Fixture fixture, String method, Mutation mutation) {
    this.fixture = fixture;
    this.method = method;
    this.mutation = mutation;
  }

  static Replay of(Fixture fixture, String method, Mutation mutation) {
    Replay replay = new Replay(fixture, method, mutation);
    try (NDManager manager = Torch.newManager("cpu");
        SafetensorsReader base = fixture.base();
        SafetensorsReader golden = fixture.golden(method)) {
      replay.run(base, golden, manager);
    }
    return replay;
  }

  /** Largest absolute difference by kind: hidden_states, logits, loss, grad, merged, ... */
  Map<String, Double> errors() {
    return errors;
  }

  /** How many tensors were compared. */
  int tensors() {
    return tensors;
  }

  /** Largest gradient error over what its tensor may have; at most 1 when all are right. */
  double gradTolerance() {
    return gradTolerance;
  }

  private void run(SafetensorsReader base, SafetensorsReader golden, NDManager manager) {
    Slots slots = slots();
    SequenceClassifier model = load(slots, base, manager);
    boolean isAdapted = !method.equals("base");
    boolean merges = slots instanceof Method adapter && adapter.mergeObstacle().isEmpty();
    try (Scope step = Scope.training(manager)) {
      Input input = Fixture.input(base, step.manager());
      List<NDArray> states = model.encoder().hiddenStates(input, false);
      if (!isAdapted) {
        compareStates(states, input, base, step.manager());
      } else if (golden.names().contains("last_hidden_state")) {
        NDArray last = states.get(states.size() - 1);
        compareState(last, input, golden, "last_hidden_state", step.manager());
      }
      NDArray whole = model.head().logits(states.get(states.size() - 1), input, false);
      compare("logits", whole, golden, "logits", step.manager());
      NDArray logits = model.logits(input, false);
      compare("logits", logits, golden, "logits", step.manager());
      NDArray loss = loss(model, logits, base, step.manager());
      compare("loss", loss.reshape(1), golden, "loss", step.manager());
      if (isAdapted) {
        step.backward(loss);
        compareGradients(model, golden, step.manager());
      }
    }
    if (isAdapted) {
      if (merges != golden.names().contains("merged.logits")) {
        throw new AssertionError(method + (merges ? " merges" : " does not merge"));
      }
      if (merges) {
        compareMerged(model, base, golden, manager);
      }
      compareTrajectory(model, base, golden, manager);
    }
  }

  private SequenceClassifier load(Slots slots, SafetensorsReader base, NDManager manager) {
    ModelFiles files = new ModelFiles.Directory(fixture.model());
    int labels = (int) base.shape("logits")[1];
    HeadSettings head =
        new HeadSettings(
            HeadSettings.Kind.NATIVE,
            HeadSettings.Pooling.FIRST,
            HeadSettings.From.CHECKPOINT,
            null,
            true,
            null);
    SequenceClassifier model =
        SequenceClassifier.declare(files.architecture(), head, labels, slots);
    try (WeightSource weights = files.openWeights()) {
      model.load(weights, manager);
    }
    Path directory = fixture.path().resolve(method);
    if (PEFT.contains(method)) {
      try (PeftAdapter adapter = PeftAdapter.open(directory);
          WeightSource weights = files.openWeights()) {
        adapter.fill(model, weights, manager);
        if (!adapter.notes().isEmpty()) {
          throw new AssertionError(adapter.notes());
        }
      }
    } else if (slots instanceof Method own) {
      AdapterFile.fill(directory.resolve("adapter_model.safetensors"), own, model, manager);
    }
    model.trainByRole();
    List<Param> flipped = model.params().all().stream().filter(mutation.flips()).toList();
    if (!flipped.isEmpty()) {
      flip(flipped);
    }
    return model;
  }

  /** Changes the sign of the largest element of the tensor in the middle. */
  private static void flip(List<Param> params) {
    Param param = params.get(params.size() / 2);
    float[] values = param.array().toFloatArray();
    int largest = 0;
    for (int i = 0; i < values.length; i++) {
      largest = Math.abs(values[i]) > Math.abs(values[largest]) ? i : largest;
    }
    values[largest] = -values[largest];
    NDManager manager = param.array().getManager();
    param.set(manager.create(values).reshape(param.shape()).duplicate());
  }

  /** The method as the fixture's adapter_config.json describes it, most in a format of its own. */
  private Slots slots() {
    if (method.equals("base")) {
      return Slots.NONE;
    }
    if (PEFT.contains(method)) {
      return fromPeft();
    }
    JsonNode config = fixture.json(method + "/adapter_config.json");
    int rank = config.path(config.has("r") ? "r" : "rank").asInt();
    double alpha = config.path(config.has("lora_alpha") ? "lora_alpha" : "alpha").asDouble();
    int length = config.path("length").asInt();
    List<String> targets = new ArrayList<>();
    config
        .path(config.has("targets") ? "targets" : "target_modules")
        .forEach(target -> targets.add(target.asText()));
    return switch (method) {
      case "tlora" -> new TLora(rank, targets, 0.0, false);
      case "lora-fa" -> new LoraFa(rank, alpha, targets, 0.0);
      case "lora-xs" -> new LoraXs(rank, alpha, targets, 0.0);
      case "houlsby" -> new Houlsby(rank);
      case "pfeiffer" -> new Pfeiffer(rank);
      case "lin" -> new Lin(rank);
      case "prefix-embedding" -> new PrefixEmbedding(length);
      case "prefix-layer" -> new PrefixLayer(length);
      case "bitfit" -> new BitFit();
      case "full" -> new Full();
      default -> throw new AssertionError(fixture.path() + " has an unknown method: " + method);
    };
  }

  private Method fromPeft() {
    SequenceClassifier plain =
        SequenceClassifier.declare(
            new ModelFiles.Directory(fixture.model()).architecture(),
            HeadSettings.defaults().orElse(HeadSettings.Kind.NATIVE, HeadSettings.Pooling.FIRST),
            1,
            Slots.NONE);
    try (PeftAdapter adapter = PeftAdapter.open(fixture.path().resolve(method))) {
      return adapter.method(plain);
    }
  }

  private NDArray loss(
      SequenceClassifier model, NDArray logits, SafetensorsReader base, NDManager manager) {
    NDArray labels = Fixture.labels(base, manager);
    return model.labels().logits() == 1
        ? Ops.meanSquaredError(logits, labels, 1.0)
        : Ops.crossEntropy(logits, labels, 1.0);
  }

  private void compareStates(
      List<NDArray> states, Input input, SafetensorsReader base, NDManager manager) {
    for (int i = 0; i < states.size(); i++) {
      compareState(states.get(i), input, base, "hidden_states." + i, manager);
    }
    if (base.names().contains("hidden_states." + states.size())) {
      throw new AssertionError("the fixture has more hidden states than the model");
    }
  }

  private void compareState(
      NDArray state, Input input, SafetensorsReader golden, String name, NDManager manager) {
    NDArray wanted = Fixture.floats(golden, name, manager);
    note(
        "hidden_states",
        Ops.maxAbsDifference(Ops.masked(state, input.mask()), Ops.masked(wanted, input.mask())));
  }

  private void compareGradients(
      SequenceClassifier model, SafetensorsReader golden, NDManager manager) {
    JsonNode tolerance = fixture.manifest().path("tolerance");
    for (Param param : model.params().trained()) {
      NDArray wanted = Fixture.floats(golden, "grad." + param.name(), manager);
      NDArray gradient = param.array().getGradient().reshape(wanted.getShape());
      double error = Ops.maxAbsDifference(gradient, wanted);
      note("grad", error);
      double allowed =
          Math.max(
              tolerance.path("grad_absolute").asDouble(),
              tolerance.path("grad_of_largest").asDouble() * wanted.abs().max().getFloat());
      gradTolerance = Math.max(gradTolerance, error / allowed);
    }
    requireAll("grad.", model.params().trained(), golden);
  }

  private void compareMerged(
      SequenceClassifier model,
      SafetensorsReader base,
      SafetensorsReader golden,
      NDManager manager) {
    SequenceClassifier merged =
        SequenceClassifier.declare(
            model.architecture(), model.headSettings(), model.labels(), Slots.NONE);
    for (Param param : merged.params().all()) {
      param.set(model.params().get(param.name()).array().duplicate());
    }
    for (Projection projection : model.projections()) {
      merged.params().get(projection.weight().name()).set(projection.mergedWeight(manager));
    }
    try (Scope step = Scope.inference(manager)) {
      NDArray logits = merged.logits(Fixture.input(base, step.manager()), false);
      compare("merged", logits, golden, "merged.logits", step.manager());
    }
  }

  private void compareTrajectory(
      SequenceClassifier model,
      SafetensorsReader base,
      SafetensorsReader golden,
      NDManager manager) {
    JsonNode recipe = fixture.manifest().path("optimizer");
    List<AdamW.Item> items =
        model.params().trained().stream()
            .filter(mutation.freezes().negate())
            .map(
                param ->
                    new AdamW.Item(
                        param,
                        recipe.path("learning_rate").asDouble(),
                        mutation.decays() ? recipe.path("weight_decay").asDouble() : 0))
            .toList();
    float[] losses = Fixture.floats(golden, "trajectory", manager).toFloatArray();
    if (losses.length != recipe.path("steps").asInt()) {
      throw new AssertionError("the trajectory has " + losses.length + " steps");
    }
    try (AdamW optimizer = new AdamW(items, manager)) {
      // The gradients of the first pass are still there.
      model.params().trained().forEach(param -> JniUtils.zeroGrad((PtNDArray) param.array()));
      for (float wanted : losses) {
        try (Scope step = Scope.training(manager)) {
          NDArray logits = model.logits(Fixture.input(base, step.manager()), false);
          NDArray loss = loss(model, logits, base, step.manager());
          note("trajectory", Math.abs((double) loss.getFloat() - wanted));
          step.backward(loss);
          optimizer.step(1, 0);
        }
      }
    }
    List<Param> moved =
        model.params().trained().stream().filter(param -> !isIdle(param, golden, manager)).toList();
    for (Param param : moved) {
      NDArray wanted = Fixture.floats(golden, "final." + param.name(), manager);
      note("final", Ops.maxAbsDifference(param.array().reshape(wanted.getShape()), wanted));
    }
    requireAll("final.", moved, golden);
  }

  /**
   * Whether the loss does not depend on it, such as a key's bias, which cancels in the softmax:
   * AdamW makes steps of the rounding in its gradient, and the fixture has no final values of it.
   */
  private static boolean isIdle(Param param, SafetensorsReader golden, NDManager manager) {
    NDArray gradient = Fixture.floats(golden, "grad." + param.name(), manager);
    return !golden.names().contains("final." + param.name())
        && gradient.abs().max().getFloat() < ROUNDING;
  }

  private static void requireAll(String prefix, List<Param> params, SafetensorsReader golden) {
    long wanted = golden.names().stream().filter(name -> name.startsWith(prefix)).count();
    if (wanted != params.size()) {
      throw new AssertionError(
          "the fixture has "
              + wanted
              + " tensors "
              + prefix
              + "*, the model trains "
              + params.size());
    }
  }

  private void compare(
      String kind, NDArray ours, SafetensorsReader golden, String name, NDManager manager) {
    note(kind, Ops.maxAbsDifference(ours, Fixture.floats(golden, name, manager)));
  }

  private void note(String kind, double error) {
    tensors++;
    errors.merge(kind, error, Math::max); // NaN wins
  }
}
