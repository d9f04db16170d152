package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.fixture.TinyTask;
import io.github.tlora.metric.Metric;
import io.github.tlora.train.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A task with two dev splits: MNLI's matched and mismatched rows. */
class MnliRunTest {
  @TempDir private static Path directory;
  private static Environment environment;
  private static TrainResult trained;
  private static final List<Event.Evaluated> EVALUATIONS = new ArrayList<>();

  @BeforeAll
  static void train_once() {
    environment = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
    TinyEncoder.of(Family.BERT).write(directory.resolve("model"));
    TinyTask.writeMnli(directory.resolve("data"), 120, 31);
    Layers layers =
        new Layers()
            .set("task", "MNLI", "--task")
            .set("model", directory.resolve("model").toString(), "--model")
            .set("data", directory.resolve("data").toString(), "--data")
            .set("train.max_length", "32", "--max-length")
            .set("train.epochs", "10", "--set")
            .set("train.batch_size", "8", "--set")
            .set("train.learning_rate", "0.1", "--set");
    trained =
        new TrainRun(layers.resolve(), environment)
            .run(
                directory.resolve("run"),
                List.of("train"),
                () -> {},
                event -> {
                  if (event instanceof Event.Evaluated evaluated) {
                    EVALUATIONS.add(evaluated);
                  }
                },
                () -> false)
            .orElseThrow();
  }

  private static EvalRun.Result eval(String data, String split) {
    return EvalRun.evaluate(directory.resolve("run"), data, split, null, environment);
  }

  @Test
  void both_splits_are_scored_each_by_its_own_name() {
    assertThat(trained.data().devRows()).isEqualTo(62);
    assertThat(trained.best().metrics()).containsOnlyKeys(Metric.ACCURACY, Metric.ACCURACY_MM);
    // The labels of the mismatched rows are all wrong: what is learnt well scores badly there.
    assertThat(trained.best().metrics().get(Metric.ACCURACY)).isGreaterThan(0.8);
    assertThat(trained.best().metrics().get(Metric.ACCURACY_MM)).isLessThan(0.2);
  }

  @Test
  void the_matched_accuracy_alone_decides_which_epoch_is_best() {
    assertThat(EVALUATIONS).hasSize(10);
    double best = Double.NEGATIVE_INFINITY;
    for (Event.Evaluated evaluated : EVALUATIONS) {
      double score = evaluated.metrics().get(Metric.ACCURACY);
      assertThat(evaluated.isBest()).as("epoch %s", evaluated.epoch()).isEqualTo(score > best);
      best = Math.max(best, score);
    }
    assertThat(trained.best().metrics().get(Metric.ACCURACY)).isEqualTo(best);
  }

  @Test
  void eval_gives_the_digits_of_both_together_and_of_each_alone() {
    EvalRun.Result both = eval(null, "dev");
    assertThat(both.metrics()).isEqualTo(trained.best().metrics());
    assertThat(both.rows()).isEqualTo(62);
    EvalRun.Result mismatched = eval(null, "dev_mismatched");
    assertThat(mismatched.rows()).isEqualTo(31);
    assertThat(mismatched.metrics()).containsOnlyKeys(Metric.ACCURACY_MM);
    assertThat(mismatched.metrics().get(Metric.ACCURACY_MM))
        .isCloseTo(trained.best().metrics().get(Metric.ACCURACY_MM), within(1e-12));
    assertThat(eval(null, "train").metrics()).containsOnlyKeys(Metric.ACCURACY);
  }

  @Test
  void a_lone_file_is_scored_as_the_matched_rows() {
    String file = directory.resolve("data/train.tsv").toString();
    assertThat(eval(file, "train").metrics()).containsOnlyKeys(Metric.ACCURACY);
  }

  @Test
  void the_diagnostic_set_is_scored_by_matthews_of_three_classes() throws IOException {
    assertThatThrownBy(() -> eval(null, "ax"))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageStartingWith("ax: there is no diagnostic-full.tsv in MNLI's directory");
    Path file = Files.createDirectories(directory.resolve("AX")).resolve("diagnostic-full.tsv");
    List<Classifier.TextPair> pairs =
        List.of(
            new Classifier.TextPair("good", "warm"),
            new Classifier.TextPair("bad", "dull"),
            new Classifier.TextPair("good", "bad"),
            new Classifier.TextPair("cold", "witty"));
    StringBuilder right = new StringBuilder("Logic\tPremise\tHypothesis\tLabel\n");
    try (Classifier classifier = Classifier.load(directory.resolve("run"), null, environment)) {
      List<Classifier.Prediction> said = classifier.predictPairs(pairs);
      assertThat(said.stream().map(Classifier.Prediction::label).distinct().count())
          .isGreaterThan(1);
      for (int i = 0; i < pairs.size(); i++) {
        right.append("Negation\t").append(pairs.get(i).first()).append('\t');
        right.append(pairs.get(i).second()).append('\t').append(said.get(i).label()).append('\n');
      }
    }
    Files.writeString(file, right);
    EvalRun.Result scored = eval(null, "ax");
    assertThat(scored.split()).isEqualTo("ax");
    assertThat(scored.rows()).isEqualTo(4);
    assertThat(scored.metrics()).containsOnlyKeys(Metric.MATTHEWS);
    assertThat(scored.metrics().get(Metric.MATTHEWS)).isCloseTo(1, within(1e-12));
  }

  @Test
  void rows_without_labels_cannot_be_scored() {
    assertThatThrownBy(() -> eval(null, "test"))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessageStartingWith(
            directory.resolve("data/test_matched.tsv") + ": has rows without a label");
  }
}
