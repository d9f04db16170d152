package io.github.tlora.golden;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Role;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.Torch;
import io.github.tlora.train.AdamW;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The optimizer against torch.optim.AdamW, with gradients from 1e-10 to 1: near epsilon the place
 * where it is added shows (scripts/golden/make_adamw.py).
 */
class AdamWGoldenTest {
  private static final double RATE = 1e-2;
  private static final double DECAY = 0.1;
  private static final double TOLERANCE = 1e-6;

  /** Changes {@code weights} in place by a step's gradient. */
  private interface Stepper {
    float[] step(float[] gradient, int number);
  }

  private final SafetensorsReader golden =
      new SafetensorsReader(Fixture.resources().resolve("adamw/golden.safetensors"));

  @Test
  void every_step_equals_torch() {
    try (NDManager manager = Torch.newManager("cpu")) {
      ParamTable table = new ParamTable();
      Param weight = table.declare("w", Role.ADAPTER, Init.zeros(), 64);
      weight.set(Fixture.floats(golden, "start", manager));
      table.train(p -> true);
      try (AdamW optimizer = new AdamW(List.of(new AdamW.Item(weight, RATE, DECAY)), manager)) {
        double error =
            largestError(
                (gradient, number) -> {
                  try (Scope step = Scope.training(manager)) {
                    NDArray slope = step.manager().create(gradient, new Shape(64));
                    step.backward(weight.array().mul(slope).sum());
                    optimizer.step(1, 0);
                    return weight.array().toFloatArray();
                  }
                });
        assertThat(error).isLessThanOrEqualTo(TOLERANCE);
      }
    }
  }

  @Test
  void epsilon_added_before_the_bias_correction_is_found() {
    // DJL's optimizer: w -= rate sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon).
    float[] weights = read("start");
    float[] first = new float[64];
    float[] second = new float[64];
    double error =
        largestError(
            (gradient, t) -> {
              double rate = RATE * Math.sqrt(1 - Math.pow(0.999, t)) / (1 - Math.pow(0.9, t));
              for (int i = 0; i < weights.length; i++) {
                first[i] = 0.9f * first[i] + 0.1f * gradient[i];
                second[i] = 0.999f * second[i] + 0.001f * gradient[i] * gradient[i];
                weights[i] *= (float) (1 - RATE * DECAY);
                weights[i] -= (float) (rate * first[i] / (Math.sqrt(second[i]) + 1e-8));
              }
              return weights;
            });
    assertThat(error).isGreaterThan(100 * TOLERANCE);
  }

  private double largestError(Stepper stepper) {
    float[] grads = read("grads");
    float[] wanted = read("weights");
    double largest = 0;
    for (int t = 0; t < 10; t++) {
      float[] ours = stepper.step(Arrays.copyOfRange(grads, 64 * t, 64 * t + 64), t + 1);
      for (int i = 0; i < 64; i++) {
        largest = Math.max(largest, Math.abs((double) ours[i] - wanted[64 * t + i]));
      }
    }
    return largest;
  }

  private float[] read(String name) {
    float[] values = new float[golden.floats(name).remaining() / 4];
    golden.floats(name).asFloatBuffer().get(values);
    return values;
  }
}
