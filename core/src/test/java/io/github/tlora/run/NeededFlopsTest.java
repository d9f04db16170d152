package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.adapter.Method;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.SequenceClassifier;
import org.junit.jupiter.api.Test;

/** Needed operations of the tiny encoder, counted by hand: 2 layers, D 16, F 24. */
class NeededFlopsTest {
  private static final long D = 16;
  private static final long F = 24;

  private static NeededFlops of(Method method, HeadSettings head) {
    SequenceClassifier model =
        SequenceClassifier.declare(TinyEncoder.of(Family.ROBERTA).architecture(), head, 2, method);
    model.trainByRole();
    return new NeededFlops(model);
  }

  private static Method method(String name, String... settings) {
    Layers layers = new Layers().set("adapter.method", name, "--method");
    for (int i = 0; i < settings.length; i += 2) {
      layers.set("adapter." + settings[i], settings[i + 1], settings[i]);
    }
    return layers.resolve().adapter();
  }

  @Test
  void lora_needs_no_gradient_of_the_lowest_layers_input() {
    long t = 5;
    long forward = 2 * t * (4 * D * D + 2 * D * F); // of a layer
    long attention = 3 * 4 * t * t * D; // forward and two gradients, of a layer
    long lora = 2 * 2 * (3 * 2 * t * 2 * 3 * D); // two layers, query and value, A and B, r 3
    long withoutInput = 2 * t * 3 * D * D; // query, key and value of the lowest layer
    assertThat(of(method("lora", "rank", "3"), TinyEncoder.meanHead()).ofStep(new int[] {5}))
        .isEqualTo(2 * (2 * forward + attention) - withoutInput + lora);
  }

  @Test
  void a_head_on_the_first_token_needs_one_position_of_the_last_layer() {
    long t = 5;
    long all = of(method("lora"), TinyEncoder.meanHead()).ofStep(new int[] {5});
    long first = of(method("lora"), TinyEncoder.nativeHead()).ofStep(new int[] {5});
    long spared = 2 * 2 * (t - 1) * (2 * D * D + 2 * D * F); // all but key and value, both ways
    long attention = 3 * 4 * t * (t - 1) * D;
    assertThat(all - first).isEqualTo(spared + attention);
  }

  @Test
  void full_fine_tuning_needs_every_gradient() {
    long t = 5;
    long product = 2 * t * (4 * D * D + 2 * D * F);
    long attention = 3 * 4 * t * t * D;
    assertThat(of(method("full"), TinyEncoder.meanHead()).ofStep(new int[] {5}))
        .isEqualTo(2 * (3 * product + attention));
  }

  @Test
  void rows_add_up() {
    NeededFlops flops = of(method("tlora"), TinyEncoder.nativeHead());
    assertThat(flops.ofStep(new int[] {4, 9}))
        .isEqualTo(flops.ofStep(new int[] {4}) + flops.ofStep(new int[] {9}));
  }
}
