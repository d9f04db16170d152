package io.github.tlora.baseline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.data.Example;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Metric;
import io.github.tlora.tensor.SplitMix64;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bag of words learns what words tell, and of two texts what they share. */
class BaselineTest {
  private static final List<String> WORDS =
      List.of("oak", "elm", "ash", "fir", "yew", "box", "bay", "fig", "gum", "haw");

  private static String words(int count, SplitMix64 random) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      words.add(WORDS.get(Math.floorMod(random.nextLong(), WORDS.size())));
    }
    return String.join(" ", words);
  }

  /** Rows whose class one word tells. */
  private static List<Example> singles(int count, long seed) {
    SplitMix64 random = new SplitMix64(seed);
    List<Example> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String word = i % 2 == 0 ? " BAD " : " good ";
      rows.add(new Example(words(4, random) + word + words(3, random), null, i % 2));
    }
    return rows;
  }

  /** Pairs of the same words in another order, or of others: no word alone tells which. */
  private static List<Example> pairs(int count, long seed, boolean ofNumbers) {
    SplitMix64 random = new SplitMix64(seed);
    List<Example> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String first = words(4, random);
      String second = i % 2 == 1 ? first + " " + words(1, random) : words(5, random);
      rows.add(
          ofNumbers
              ? Example.ofValue(first, second, i % 2 == 1 ? 4.5f : 0.5f)
              : new Example(first, second, i % 2));
    }
    return rows;
  }

  private static double score(Metric metric, Task task, List<Example> train, List<Example> dev) {
    return metric.of(Baseline.predict(task, train, dev, 0));
  }

  @Test
  void a_word_that_tells_the_class_is_learnt_whatever_its_case() {
    assertThat(score(Metric.ACCURACY, Glue.SST2, singles(200, 1), singles(60, 2))).isEqualTo(1);
  }

  @Test
  void what_two_texts_share_is_seen() {
    assertThat(score(Metric.ACCURACY, Glue.MRPC, pairs(400, 1, false), pairs(100, 2, false)))
        .isGreaterThan(0.85);
    assertThat(score(Metric.PEARSON, Glue.STSB, pairs(400, 1, true), pairs(100, 2, true)))
        .isGreaterThan(0.7);
  }

  @Test
  void a_class_that_nothing_tells_is_not_learnt() {
    List<Example> dev = new ArrayList<>();
    for (Example row : pairs(200, 3, false)) {
      dev.add(new Example(row.text(), null, row.label()));
    }
    List<Example> train = new ArrayList<>();
    for (Example row : pairs(400, 4, false)) {
      train.add(new Example(row.text(), null, row.label()));
    }
    assertThat(score(Metric.ACCURACY, Glue.SST2, train, dev)).isBetween(0.35, 0.65);
  }

  @Test
  void the_same_rows_and_seed_give_the_same_answers() {
    List<Example> train = pairs(100, 1, true);
    List<Example> dev = pairs(50, 2, true);
    double[] once = Baseline.predict(Glue.STSB, train, dev, 0).predicted();
    assertThat(Baseline.predict(Glue.STSB, train, dev, 0).predicted()).isEqualTo(once);
    assertThat(Baseline.predict(Glue.STSB, train, dev, 1).predicted()).isNotEqualTo(once);
  }

  @Test
  void texts_without_a_known_word_get_an_answer_too() {
    List<Example> dev =
        List.of(new Example("", null, 0), new Example("xyzzy", null, 1), new Example("!", null, 1));
    double[] answers = Baseline.predict(Glue.SST2, singles(20, 1), dev, 0).predicted();
    assertThat(answers).hasSize(3);
    for (double answer : answers) {
      assertThat(answer).isIn(0.0, 1.0);
    }
  }

  @Test
  void one_class_alone_in_training_is_what_is_answered() {
    List<Example> train = List.of(new Example("a film", null, 1), new Example("a plot", null, 1));
    List<Example> dev = List.of(new Example("a film", null, 0), new Example("joy", null, 1));
    assertThat(Baseline.predict(Glue.SST2, train, dev, 0).predicted()).containsExactly(1, 1);
  }
}
