package io.github.tlora.traps;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.adapter.Method;
import io.github.tlora.adapter.TLora;
import io.github.tlora.model.Architecture;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import io.github.tlora.train.AdamW;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A program that a test runs in a JVM of its own with a small heap. It prints what it counted, as
 * {@code name=number} lines.
 */
public final class Stress {
  private static final String CONFIG =
      """
      {"model_type": "bert", "vocab_size": 200, "hidden_size": 64, "num_hidden_layers": 2,
       "num_attention_heads": 4, "intermediate_size": 128, "max_position_embeddings": 64}
      """;

  private final NDManager manager = Torch.newManager("cpu");
  private final SequenceClassifier model;
  private final long[] ids = new long[16 * 24];
  private final long[] labels = new long[16];

  private Stress(Method method) throws Exception {
    HeadSettings head =
        HeadSettings.defaults().orElse(HeadSettings.Kind.LINEAR, HeadSettings.Pooling.MEAN);
    model =
        SequenceClassifier.declare(
            Architecture.read(new JsonMapper().readTree(CONFIG), "test"), head, 2, method);
    Seeds seeds = new Seeds(7);
    for (Param param : model.params().of(Role.BASE)) {
      float[] values = seeds.stream(param.name()).normal((int) param.size(), 0.1);
      param.set(manager.create(values).reshape(param.shape()).duplicate());
    }
    model.draw(manager, seeds);
    model.trainByRole();
    for (int i = 0; i < ids.length; i++) {
      ids[i] = seeds.stream("id" + i).nextInt(200);
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 2;
    }
  }

  public static void main(String[] args) throws Exception {
    Stress stress = new Stress(new TLora(4, null, 0.0, null));
    System.out.println("wrong=" + stress.wrongGradients(200));
    stress.memory(50, 300);
    System.exit(0);
  }

  private double[] gradients() {
    try (Scope step = Scope.training(manager)) {
      backward(step);
      return model.params().trained().stream()
          .flatMapToDouble(
              param -> {
                float[] values = param.array().getGradient().toFloatArray();
                return IntStream.range(0, values.length).mapToDouble(i -> values[i]);
              })
          .toArray();
    }
  }

  private void backward(Scope step) {
    Shape shape = new Shape(16, 24);
    long[] mask = new long[ids.length];
    Arrays.fill(mask, 1);
    Input input =
        new Input(
            step.manager().create(ids, shape),
            step.manager().create(mask, shape),
            step.manager().create(new long[ids.length], shape));
    NDArray logits = model.logits(input, false);
    NDArray loss = Ops.crossEntropy(logits, step.manager().create(labels), 1);
    // Garbage between forward and backward: memory that only Java held would be reused now.
    byte[][] garbage = new byte[40][];
    for (int i = 0; i < garbage.length; i++) {
      garbage[i] = new byte[1 << 20];
      garbage[i % 4] = null;
      garbage[i] = null;
    }
    step.backward(loss);
  }

  /** Every pass sees the same weights and batch: its gradients must be the first pass's. */
  private int wrongGradients(int passes) {
    double[] first = null;
    int wrong = 0;
    for (int i = 0; i < passes; i++) {
      double[] now = gradients();
      if (i == 0) {
        first = now;
        continue;
      }
      for (int j = 0; j < now.length; j++) {
        // Gradients add up: after i + 1 passes there are i + 1 of them.
        double wanted = first[j] * (i + 1);
        if (Math.abs(now[j] - wanted) > 1e-4 * Math.abs(wanted) + 1e-5) {
          wrong++;
          break;
        }
      }
    }
    return wrong;
  }

  private void memory(int warmUp, int steps) throws Exception {
    Map<String, Integer> frozen = hashes();
    try (AdamW optimizer =
        new AdamW(
            model.params().trained().stream().map(p -> new AdamW.Item(p, 1e-3, 0.01)).toList(),
            manager)) {
      int arrays = 0;
      long resident = 0;
      for (int i = 0; i < warmUp + steps; i++) {
        if (i == warmUp) {
          arrays = manager.getManagedArrays().size();
          resident = residentKiB();
        }
        try (Scope step = Scope.training(manager)) {
          backward(step);
          optimizer.step(1, 1.0);
        }
      }
      System.out.println("arrays=" + (manager.getManagedArrays().size() - arrays));
      System.out.println("resident_kib=" + (residentKiB() - resident));
    }
    System.out.println("thawed=" + (hashes().equals(frozen) ? 0 : 1));
    boolean moved = model.params().of(Role.ADAPTER).stream().anyMatch(Stress::hasMoved);
    System.out.println("unmoved=" + (moved ? 0 : 1));
  }

  private static boolean hasMoved(Param param) {
    return param.name().endsWith("tlora_B") && param.array().abs().max().getFloat() > 0;
  }

  private Map<String, Integer> hashes() {
    Map<String, Integer> hashes = new LinkedHashMap<>();
    for (Param param : model.params().of(Role.BASE, Role.FIXED)) {
      hashes.put(param.name(), Arrays.hashCode(param.array().toFloatArray()));
    }
    return hashes;
  }

  private static long residentKiB() throws Exception {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
