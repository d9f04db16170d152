package io.github.tlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Full;
import io.github.tlora.adapter.TLora;
import io.github.tlora.config.Layers;
import io.github.tlora.config.RunConfig;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Rows;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When a training evaluates, saves and ends, and at which rates it trains what. */
class CourseTest {
  private static final int[] LENGTHS = {7, 3, 11, 5, 9, 4, 6}; // four steps of two rows an epoch

  private final List<Event> heard = new ArrayList<>();

  private static RunConfig config(String... keysAndValues) {
    Layers layers =
        new Layers().set("train.batch_size", "2", "--set").set("train.epochs", "3", "--set");
    for (int i = 0; i < keysAndValues.length; i += 2) {
      layers.set(keysAndValues[i], keysAndValues[i + 1], "--set");
    }
    return layers.resolve();
  }

  private Trainer.Outcome train(String... keysAndValues) {
    Rows rows = TinyTask.rows(Family.BERT, LENGTHS);
    try (NDManager manager = Torch.newManager("cpu")) {
      SequenceClassifier model =
          TinyEncoder.of(Family.BERT).classifier(Slots.NONE, TinyEncoder.nativeHead(), manager);
      model.trainByRole();
      return new Trainer(model, config(keysAndValues).train(), new Seeds(0), manager)
          .fit(rows, Map.of("dev", rows), Glue.MRPC, heard::add, () -> false);
    }
  }

  private List<Long> stepsOf(Class<? extends Event> kind) {
    return heard.stream().filter(kind::isInstance).map(Event::step).toList();
  }

  @Test
  void without_settings_it_evaluates_after_each_epoch() {
    assertThat(train().end()).isEqualTo(Trainer.End.STEPS);
    assertThat(stepsOf(Event.Evaluated.class)).containsExactly(4L, 8L, 12L);
    assertThat(stepsOf(Event.Saved.class)).isEmpty();
  }

  @Test
  void evaluates_every_so_many_steps_and_after_the_last() {
    train("train.evaluation.steps", "5");
    assertThat(stepsOf(Event.Evaluated.class)).containsExactly(5L, 10L, 12L);
    assertThat(heard.stream().filter(Event.Evaluated.class::isInstance).map(Event::epoch))
        .containsExactly(1.25, 2.5, 3.0);
  }

  @Test
  void saves_every_so_many_steps_where_it_does_not_evaluate() {
    train("train.checkpoints.steps", "2");
    assertThat(stepsOf(Event.Saved.class)).containsExactly(2L, 6L, 10L);
  }

  @Test
  void ends_when_it_got_no_better_as_often_as_patience_has_it() {
    // A learning rate of 0 changes nothing, so that no evaluation beats the first.
    Trainer.Outcome outcome =
        train("train.evaluation.patience", "2", "train.learning_rate", "0", "train.epochs", "9");
    assertThat(outcome.end()).isEqualTo(Trainer.End.PATIENCE);
    assertThat(stepsOf(Event.Evaluated.class)).containsExactly(4L, 8L, 12L);
    assertThat(outcome.steps()).isEqualTo(12);
  }

  @Test
  void ends_with_an_evaluation_when_the_time_is_over() {
    Trainer.Outcome outcome = train("train.max_time", "1s", "train.epochs", "1000000");
    assertThat(outcome.end()).isEqualTo(Trainer.End.MAX_TIME);
    assertThat(heard.get(heard.size() - 1)).isInstanceOf(Event.Evaluated.class);
    assertThat(outcome.steps()).isEqualTo(heard.get(heard.size() - 1).step());
  }

  @Test
  void the_best_evaluation_is_that_of_the_score_that_was_chosen() {
    train("train.evaluation.best_by", "loss", "train.learning_rate", "0.01");
    double best = Double.POSITIVE_INFINITY;
    for (Event event : heard) {
      if (event instanceof Event.Evaluated evaluated) {
        assertThat(evaluated.isBest()).isEqualTo(evaluated.loss() < best);
        best = Math.min(best, evaluated.loss());
      }
    }
    assertThat(best).isFinite();
  }

  @Test
  void a_score_that_the_task_has_not_is_refused_with_those_that_it_has() {
    EvaluationSettings settings =
        config("train.evaluation.best_by", "matthews").train().evaluation();
    assertThatThrownBy(() -> settings.requireScoreOf(Glue.MRPC))
        .isInstanceOf(UserError.class)
        .hasMessage(
            "train.evaluation.best_by: task mrpc has no score 'matthews', only accuracy, f1, loss");
    config("train.evaluation.best_by", "f1").train().evaluation().requireScoreOf(Glue.MRPC);
  }

  @Test
  void times_are_written_in_hours_minutes_and_seconds() {
    assertThat(config("train.max_time", "1h30m").train().maxSeconds()).isEqualTo(5400);
    assertThat(config("train.max_time", "90s").train().maxSeconds()).isEqualTo(90);
    assertThat(config().train().maxSeconds()).isInfinite();
    assertThatThrownBy(() -> config("train.max_time", "soon"))
        .hasMessage("--set: train.max_time must be a time such as 90s, 30m or 1h30m, got 'soon'");
    assertThatThrownBy(() -> config("train.max_time", "0s")).isInstanceOf(UserError.class);
  }

  @Test
  void warm_up_is_counted_in_steps_where_they_are_given() {
    assertThat(config("train.warmup_steps", "7").train().schedule(100).warmup()).isEqualTo(7);
    assertThat(config("train.warmup_ratio", "0.1").train().schedule(100).warmup()).isEqualTo(10);
  }

  /** The peak rate of every trained tensor. */
  private static Map<String, Double> rates(
      Family family, Slots method, RunConfig config, NDManager manager) {
    SequenceClassifier model =
        TinyEncoder.of(family).classifier(method, TinyEncoder.nativeHead(), manager);
    model.trainByRole();
    Trainer trainer = new Trainer(model, config.train(), new Seeds(0), manager);
    Map<String, Double> rates = new LinkedHashMap<>();
    for (AdamW.Item item : trainer.items()) {
      rates.put(item.param().name(), item.rate());
    }
    assertThat(rates).hasSize(model.params().trained().size());
    return rates;
  }

  @Test
  void alpha_has_a_rate_of_its_own() {
    RunConfig config = config("adapter.alpha_learning_rate", "0.5", "train.learning_rate", "0.25");
    try (NDManager manager = Torch.newManager("cpu")) {
      Map<String, Double> rates = rates(Family.BERT, (TLora) config.adapter(), config, manager);
      assertThat(rates).hasSizeGreaterThan(4);
      rates.forEach(
          (name, rate) ->
              assertThat(rate).as(name).isEqualTo(name.endsWith("tlora_alpha") ? 0.5 : 0.25));
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void rates_decay_layer_by_layer_from_the_head_down(Family family) {
    RunConfig config = config("train.layer_decay", "0.5", "train.learning_rate", "1");
    try (NDManager manager = Torch.newManager("cpu")) {
      SequenceClassifier model =
          TinyEncoder.of(family).classifier(new Full(), TinyEncoder.nativeHead(), manager);
      int layers = model.architecture().traits().stack().layers();
      Map<String, Double> rates = rates(family, new Full(), config, manager);
      for (Param param : model.params().trained()) {
        double wanted =
            switch (param.role()) {
              case HEAD -> 1;
              default -> Math.pow(0.5, layers - layerIn(param.name()));
            };
        assertThat(rates.get(param.name())).as(param.name()).isEqualTo(wanted);
      }
      assertThat(rates.values().stream().distinct().count()).isEqualTo(layers + 2L);
    }
  }

  /** From the name, as a check of what the encoder says; -1 for embeddings and the like. */
  private static int layerIn(String name) {
    return name.matches(".*\\.layer\\.\\d+\\..*")
        ? Integer.parseInt(name.replaceFirst(".*\\.layer\\.(\\d+)\\..*", "$1"))
        : -1;
  }
}
