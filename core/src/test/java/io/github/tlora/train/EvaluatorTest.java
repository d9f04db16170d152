package io.github.tlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Rows;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.metric.Metric;
import io.github.tlora.metric.Scores;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Scores of a whole split. */
class EvaluatorTest {
  private static final float[] VALUES = {0, 5, 2.5f, 1.25f, 4, 4, 3};

  /** Seven rows: two whole batches of three, and one left. */
  private static Evaluator.Evaluation evaluate(int batchSize) {
    TinyEncoder encoder = TinyEncoder.of(Family.BERT);
    Rows classes = TinyTask.rows(Family.BERT, 5, 9, 3, 7, 4, 8, 6);
    Rows rows = new Rows(classes.tokens(), classes.labels(), VALUES, classes.padding());
    try (NDManager manager = Torch.newManager("cpu")) {
      SequenceClassifier model = encoder.loaded(Slots.NONE, TinyEncoder.nativeHead(), 0, manager);
      model.draw(manager, new Seeds(0));
      return Evaluator.evaluate(model, rows, Glue.STSB, "dev", batchSize, manager);
    }
  }

  private static double[] predicted(Evaluator.Evaluation scored) {
    double[] predicted = new double[VALUES.length];
    for (int i = 0; i < predicted.length; i++) {
      assertThat(scored.logits()[i]).hasSize(1);
      predicted[i] = scored.logits()[i][0];
    }
    return predicted;
  }

  @Test
  void a_regression_s_loss_is_the_mean_of_the_squares_of_all_rows() {
    Evaluator.Evaluation scored = evaluate(3);
    double squares = 0;
    double[] predicted = predicted(scored);
    for (int i = 0; i < predicted.length; i++) {
      squares += Math.pow(predicted[i] - VALUES[i], 2);
    }
    assertThat(scored.loss()).isCloseTo(squares / 7, within(1e-12));
  }

  @Test
  void a_correlation_is_that_of_the_whole_split_in_the_rows_own_order() {
    Evaluator.Evaluation scored = evaluate(3);
    double[] actual = {0, 5, 2.5, 1.25, 4, 4, 3};
    assertThat(scored.metrics()).containsOnlyKeys(Metric.PEARSON, Metric.SPEARMAN);
    scored
        .metrics()
        .forEach(
            (metric, score) ->
                assertThat(score).isEqualTo(metric.of(predicted(scored), actual)).isNotZero());
    evaluate(7)
        .metrics()
        .forEach(
            (metric, score) ->
                assertThat(score).isCloseTo(scored.metrics().get(metric), within(1e-5)));
  }

  @Test
  void what_decides_is_the_mean_of_the_scores_that_are_asked_for() {
    Map<Metric, Double> metrics =
        Map.of(Metric.PEARSON, 0.5, Metric.SPEARMAN, 0.75, Metric.ACCURACY, 1.0);
    Evaluator.Evaluation scored =
        new Evaluator.Evaluation(new Scores(metrics, List.of()), 0, null, new float[0][], Map.of());
    assertThat(scored.mean(Glue.STSB.bestBy())).isEqualTo(0.625);
    assertThat(scored.mean(Glue.SST2.bestBy())).isEqualTo(1);
  }
}
