package io.github.tlora.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.tlora.adapter.TLora;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.checkpoint.PeftLayout;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import io.github.tlora.train.AdamW;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Repeats with our code what a fixture holds and measures the largest differences, over whole
 * tensors. It judges nothing, so that a test can also show that a wrong implementation is found.
 */
final class Replay {
  private final Fixture fixture;
  private final String method;
  private final Mutation mutation;
  private final Map<String, Double> errors = new TreeMap<>();
  private int tensors;
  private double gradTolerance;

  /** What a wrong implementation would do otherwise; all off in {@link #NONE}. */
  record Mutation(boolean flipsAWeight, boolean decays, boolean trainsAlpha) {
    static final Mutation NONE = new Mutation(false, true, true);
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
    SequenceClassifier model = load(base, manager);
    boolean isAdapted = !method.equals("base");
    try (Scope step = Scope.training(manager)) {
      Input input = Fixture.input(base, step.manager());
      List<NDArray> states = model.encoder().hiddenStates(input, false);
      if (!isAdapted) {
        compareStates(states, input, base, step.manager());
      }
      NDArray logits = model.head().logits(states.get(states.size() - 1), input, false);
      compare("logits", logits, golden, "logits", step.manager());
      NDArray loss = loss(model, logits, base, step.manager());
      compare("loss", loss.reshape(1), golden, "loss", step.manager());
      if (isAdapted) {
        step.backward(loss);
        compareGradients(model, golden, step.manager());
      }
    }
    if (isAdapted) {
      compareMerged(model, base, golden, manager);
      compareTrajectory(model, base, golden, manager);
    }
  }

  private SequenceClassifier load(SafetensorsReader base, NDManager manager) {
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
        SequenceClassifier.declare(files.architecture(), head, labels, slots());
    try (WeightSource weights = files.openWeights()) {
      model.load(weights, manager);
    }
    if (!method.equals("base")) {
      AdapterFile.fill(
          fixture.path().resolve(method).resolve("adapter_model.safetensors"),
          method.equals("lora"),
          model,
          manager);
    }
    model.trainByRole();
    if (mutation.flipsAWeight()) {
      flip(model.params().of(Role.BASE).stream().filter(p -> p.shape().dimension() == 2).toList());
    }
    return model;
  }

  /** Changes the sign of the largest element of the second matrix of the encoder. */
  private static void flip(List<Param> matrices) {
    Param param = matrices.get(matrices.size() / 2);
    float[] values = param.array().toFloatArray();
    int largest = 0;
    for (int i = 0; i < values.length; i++) {
      largest = Math.abs(values[i]) > Math.abs(values[largest]) ? i : largest;
    }
    values[largest] = -values[largest];
    NDManager manager = param.array().getManager();
    param.set(manager.create(values).reshape(param.shape()).duplicate());
  }

  private Slots slots() {
    if (method.equals("base")) {
      return Slots.NONE;
    }
    if (method.equals("lora")) {
      return PeftLayout.readLora(fixture.path().resolve("lora/adapter_config.json"));
    }
    // The fixture's own format, not the tool's.
    JsonNode config = fixture.json("tlora/adapter_config.json");
    List<String> targets = new ArrayList<>();
    config.path("target_modules").forEach(target -> targets.add(target.asText()));
    return new TLora(config.path("r").asInt(), targets, 0.0, false);
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
      NDArray golden = Fixture.floats(base, "hidden_states." + i, manager);
      note(
          "hidden_states",
          Ops.maxAbsDifference(
              Ops.masked(states.get(i), input.mask()), Ops.masked(golden, input.mask())));
    }
    if (base.names().contains("hidden_states." + states.size())) {
      throw new AssertionError("the fixture has more hidden states than the model");
    }
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
    requireAll("grad.", model, golden);
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
            .filter(param -> mutation.trainsAlpha() || !param.name().endsWith("alpha"))
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
    for (Param param : model.params().trained()) {
      NDArray wanted = Fixture.floats(golden, "final." + param.name(), manager);
      note("final", Ops.maxAbsDifference(param.array().reshape(wanted.getShape()), wanted));
    }
    requireAll("final.", model, golden);
  }

  private static void requireAll(
      String prefix, SequenceClassifier model, SafetensorsReader golden) {
    long wanted = golden.names().stream().filter(name -> name.startsWith(prefix)).count();
    if (wanted != model.params().trained().size()) {
      throw new AssertionError(
          "the fixture has "
              + wanted
              + " tensors "
              + prefix
              + "*, the model trains "
              + model.params().trained().size());
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
