package io.github.tlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.github.tlora.config.Layers;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Rows;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training in batches of so many tokens. */
class TokenBudgetTest {
  private static final int[] LENGTHS = {7, 3, 11, 5, 9, 4, 6};

  @TempDir Path directory;

  private static TrainSettings settings(String... keysAndValues) {
    Layers layers = new Layers().set("train.max_grad_norm", "1e9", "--set"); // tells the norm
    for (int i = 0; i < keysAndValues.length; i += 2) {
      layers.set("train." + keysAndValues[i], keysAndValues[i + 1], "--set");
    }
    return layers.resolve().train();
  }

  /** All steps' events. */
  private static List<Event.Stepped> train(TrainSettings settings, Path saveAt, Path from) {
    Rows rows = TinyTask.rows(Family.BERT, LENGTHS);
    List<Event.Stepped> steps = new ArrayList<>();
    try (NDManager manager = Torch.newManager("cpu")) {
      SequenceClassifier model =
          TinyEncoder.of(Family.BERT).classifier(Slots.NONE, TinyEncoder.nativeHead(), manager);
      model.trainByRole();
      Trainer trainer = new Trainer(model, settings, new Seeds(0), manager);
      trainer.fit(
          rows,
          Map.of("dev", rows),
          Glue.SST2,
          event -> {
            if (event instanceof Event.Stepped stepped) {
              steps.add(stepped);
              if (saveAt != null && steps.size() == 1) {
                trainer.saveState(saveAt);
              }
            }
          },
          () -> false,
          from);
    }
    return steps;
  }

  private static Event.Stepped firstStep(String... keysAndValues) {
    return train(settings(keysAndValues), null, null).get(0);
  }

  @Test
  void a_step_s_gradient_is_the_mean_over_its_rows_however_they_are_batched() {
    Event.Stepped plain = firstStep("batch_size", "7");
    Event.Stepped one = firstStep("batch_tokens", "77");
    // 11; 9 and 7; 6, 5 and 4; 3: four batches of one, two, three and one rows.
    Event.Stepped parts = firstStep("batch_tokens", "18", "accumulation_steps", "9");
    assertThat(one.loss()).isEqualTo(plain.loss());
    assertThat(one.gradNorm()).isEqualTo(plain.gradNorm()).isGreaterThan(1e-3);
    assertThat(parts.loss()).isCloseTo(plain.loss(), within(1e-5));
    assertThat(parts.gradNorm()).isCloseTo(plain.gradNorm(), within(1e-5));
    Event.Stepped some = firstStep("batch_tokens", "18");
    assertThat(Math.abs(some.loss() - plain.loss())).isGreaterThan(1e-5);
  }

  @Test
  void the_same_seed_repeats_the_steps() {
    TrainSettings settings = settings("batch_tokens", "18", "epochs", "3");
    List<Double> losses = train(settings, null, null).stream().map(Event.Stepped::loss).toList();
    assertThat(losses).hasSize(3 * 4);
    assertThat(train(settings, null, null).stream().map(Event.Stepped::loss)).isEqualTo(losses);
  }

  @Test
  void training_goes_on_at_the_next_batch() {
    TrainSettings settings =
        settings("batch_tokens", "18", "epochs", "2", "learning_rate", "0", "weight_decay", "0");
    Path state = directory.resolve("state");
    List<Event.Stepped> whole = train(settings, state, null);
    List<Event.Stepped> rest = train(settings, null, state);
    assertThat(rest.stream().map(Event.Stepped::step)).containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L);
    assertThat(rest.stream().map(Event.Stepped::loss).toList())
        .isEqualTo(whole.subList(1, 8).stream().map(Event.Stepped::loss).toList());
  }

  @Test
  void a_batch_size_beside_it_limits_the_rows_and_has_no_default() {
    assertThat(settings("batch_tokens", "18").batchSize()).isNull();
    assertThat(settings("batch_tokens", "18").batchLimit().rowsOf(4)).isEqualTo(4);
    assertThat(settings("batch_tokens", "18", "batch_size", "3").batchLimit().rowsOf(4))
        .isEqualTo(3);
    assertThat(settings().batchSize()).isEqualTo(32);
    assertThat(settings().batchLimit().isOfRows()).isTrue();
  }
}
