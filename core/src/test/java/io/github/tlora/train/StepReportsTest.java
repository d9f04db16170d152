package io.github.tlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Rows;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyMethods;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;

/** Losses that are read rarely, as from a GPU, are those that are read after each step. */
class StepReportsTest {
  private static final int[] LENGTHS = {7, 3, 11, 5, 9, 4, 6, 8};

  private final List<Event> heard = new ArrayList<>();

  /** Four steps an epoch, two epochs. */
  private Trainer.Outcome train(
      double classWeight, LongPredicate isRead, BooleanSupplier stop, NDManager manager) {
    TrainSettings settings =
        new Layers()
            .set("train.epochs", "2", "--set")
            .set("train.batch_size", "1", "--set")
            .set("train.accumulation_steps", "2", "--set")
            .set("train.max_grad_norm", "0.5", "--set")
            .set("train.class_weights", "[1, " + classWeight + "]", "--set")
            .resolve()
            .train();
    SequenceClassifier model =
        TinyMethods.moved(TinyMethods.of("lora"), TinyEncoder.of(Family.BERT), manager);
    Rows rows = TinyTask.rows(Family.BERT, LENGTHS);
    heard.clear();
    return new Trainer(model, settings, new Seeds(0), manager)
        .readingAfter(isRead)
        .fit(rows, Map.of("dev", rows), Glue.SST2, heard::add, stop);
  }

  private List<List<Object>> steps() {
    return heard.stream()
        .filter(Event.Stepped.class::isInstance)
        .map(Event.Stepped.class::cast)
        .map(e -> List.<Object>of(e.step(), e.epoch(), e.loss(), e.learningRate(), e.gradNorm()))
        .toList();
  }

  @Test
  void every_step_is_told_with_its_own_loss_before_the_epoch_is_evaluated() {
    try (NDManager manager = Torch.newManager("cpu")) {
      train(2, step -> true, () -> false, manager);
      List<List<Object>> each = steps();
      assertThat(each).hasSize(8).doesNotHaveDuplicates();
      Trainer.Outcome outcome = train(2, step -> step == 3, () -> false, manager);
      assertThat(steps()).isEqualTo(each);
      assertThat(heard.get(4)).isInstanceOf(Event.Evaluated.class);
      assertThat(outcome.end()).isEqualTo(Trainer.End.STEPS);
      assertThat(outcome.examples()).isEqualTo(16);
    }
  }

  @Test
  void a_training_that_is_told_to_stop_tells_of_its_steps_first() {
    try (NDManager manager = Torch.newManager("cpu")) {
      int[] asked = {0};
      Trainer.Outcome outcome = train(2, step -> false, () -> ++asked[0] > 3, manager);
      assertThat(outcome.steps()).isEqualTo(3);
      assertThat(outcome.end()).isEqualTo(Trainer.End.STOPPED);
      assertThat(steps()).hasSize(3);
    }
  }

  @Test
  void a_loss_that_is_no_number_ends_training_at_its_own_step() {
    try (NDManager manager = Torch.newManager("cpu")) {
      // No float is as large: the step's loss is a share of what is infinite.
      assertThatThrownBy(() -> train(1e300, step -> false, () -> false, manager))
          .isInstanceOfSatisfying(
              UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FAILED))
          .hasMessageMatching("training diverged: the loss is NaN at step [1-4] of 8\\..*");
      assertThat(heard).noneMatch(Event.Evaluated.class::isInstance);
    }
  }
}
