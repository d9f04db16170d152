package io.github.tlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.github.tlora.config.Layers;
import io.github.tlora.data.Rows;
import io.github.tlora.fixture.Gpu;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyMethods;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Input;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A GPU trains as the CPU does. */
@Gpu
class GpuTest {
  private static final int[] LENGTHS = {7, 3, 11, 5, 9, 4, 6, 8, 17, 20, 33, 2};

  /** Losses of 15 steps without dropout, which a GPU draws otherwise. */
  private static List<Double> losses(String device, Family family, String precision) {
    TrainSettings settings =
        new Layers()
            .set("train.precision", precision, "--set")
            .set("train.batch_size", "4", "--set")
            .set("train.max_grad_norm", "1", "--set")
            .resolve()
            .train();
    try (NDManager manager = Torch.newManager(device)) {
      SequenceClassifier model =
          TinyMethods.moved(TinyMethods.of("lora"), TinyEncoder.of(family), 0.1, manager);
      model.computeIn(settings.precision());
      Rows rows = TinyTask.rows(family, LENGTHS);
      Trainer trainer = new Trainer(model, settings, new Seeds(0), manager);
      List<Double> losses = TinyTask.losses(trainer, rows);
      assertThat(trainer.gpuBytes().isPresent()).isEqualTo(device.startsWith("cuda"));
      return losses;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BERT, f32, 1e-3", "DEBERTA, f32, 1e-3", "DEBERTA_V2, f32, 1e-3",
    "BERT, bf16, 0.05", "DEBERTA, bf16, 0.05", "DEBERTA_V2, bf16, 0.05"
  })
  void a_training_has_the_losses_of_the_cpu(Family family, String precision, double bound) {
    List<Double> cpu = losses("cpu", family, "f32");
    List<Double> gpu = losses("cuda", family, precision);
    assertThat(gpu).hasSameSizeAs(cpu).isNotEmpty();
    for (int i = 0; i < cpu.size(); i++) {
      assertThat(gpu.get(i)).as("step %d", i + 1).isCloseTo(cpu.get(i), within(bound));
    }
  }

  @Test
  void a_batch_arrives_as_it_was_sent() {
    Rows rows = TinyTask.rows(Family.BERT, LENGTHS);
    int[] batch = {3, 0, 10};
    try (NDManager cpu = Torch.newManager("cpu");
        NDManager gpu = Torch.newManager("cuda")) {
      Input sent = rows.input(batch, cpu);
      Input arrived = rows.input(batch, gpu);
      assertThat(arrived.ids().toLongArray()).containsExactly(sent.ids().toLongArray());
      assertThat(arrived.mask().toLongArray()).containsExactly(sent.mask().toLongArray());
      assertThat(arrived.typeIds().toLongArray()).containsExactly(sent.typeIds().toLongArray());
      assertThat(rows.labels(batch, gpu).toLongArray())
          .containsExactly(rows.labels(batch, cpu).toLongArray());
    }
  }
}
