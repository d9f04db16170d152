package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tlora.baseline.Baseline;
import io.github.tlora.metric.Metric;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The sentences that come with the tool: enough, balanced, apart, and not to be had by words. */
class SampleTest {
  private static List<Example> train;
  private static List<Example> dev;

  @BeforeAll
  static void read_the_sample() {
    Dataset sample = Dataset.find(Glue.SST2, null, Path.of("a home that is not there"));
    train = sample.split("train").rows();
    dev = sample.split("dev").rows();
  }

  private static Set<String> words(Example row) {
    return Stream.of(row.text().toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+"))
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toSet());
  }

  /** Shared words over all words. */
  private static double jaccard(Set<String> a, Set<String> b) {
    long shared = a.stream().filter(b::contains).count();
    return shared / (double) (a.size() + b.size() - shared);
  }

  @Test
  void it_has_1200_and_300_rows() {
    assertThat(train).hasSize(1_200);
    assertThat(dev).hasSize(300);
  }

  @Test
  void both_classes_are_equally_frequent() {
    for (List<Example> split : List.of(train, dev)) {
      double positive = split.stream().mapToInt(Example::label).average().orElseThrow();
      assertThat(positive).isCloseTo(0.5, within(0.02));
    }
  }

  @Test
  void no_text_stands_in_it_twice() {
    List<String> all =
        Stream.concat(train.stream(), dev.stream())
            .map(row -> String.join(" ", row.text().toLowerCase(Locale.ROOT).split("\\W+")))
            .toList();
    assertThat(all).doesNotHaveDuplicates();
  }

  @Test
  void no_row_of_one_split_is_almost_one_of_the_other() {
    List<Set<String>> trainWords = train.stream().map(SampleTest::words).toList();
    for (Example row : dev) {
      Set<String> words = words(row);
      assertThat(words).isNotEmpty();
      for (int i = 0; i < trainWords.size(); i++) {
        double likeness = jaccard(words, trainWords.get(i));
        if (likeness >= 0.5) { // the message is costly to make 360,000 times
          assertThat(likeness).as("%s / %s", row.text(), train.get(i).text()).isLessThan(0.5);
        }
      }
    }
  }

  @Test
  void likeness_is_measured_as_it_says() {
    Set<String> words = words(Example.of("It's a good, GOOD film"));
    assertThat(words).containsExactlyInAnyOrder("it", "s", "a", "good", "film");
    assertThat(jaccard(words, words(Example.of("a bad film")))).isEqualTo(2 / 6.0);
    assertThat(jaccard(words, words)).isEqualTo(1);
  }

  @Test
  void its_texts_differ_in_length_and_use_many_words() {
    assertThat(train.stream().mapToInt(row -> row.text().split(" ").length).summaryStatistics())
        .satisfies(lengths -> assertThat(lengths.getMin()).isLessThan(8))
        .satisfies(lengths -> assertThat(lengths.getMax()).isGreaterThan(25));
    Set<String> vocabulary = new HashSet<>();
    train.forEach(row -> vocabulary.addAll(words(row)));
    assertThat(vocabulary).hasSizeGreaterThan(3_000);
  }

  @Test
  void a_bag_of_words_does_not_solve_it() throws Exception {
    double accuracy = Metric.ACCURACY.of(Baseline.predict(Glue.SST2, train, dev, 0));
    Files.createDirectories(Path.of("target"));
    Files.writeString(
        Path.of("target/bag-of-words.txt"), accuracy + "\n"); // scripts/check-scores.sh
    assertThat(accuracy).isGreaterThan(0.5).isLessThanOrEqualTo(0.75);
    // It is a model of these rows, not one that learnt nothing.
    assertThat(Metric.ACCURACY.of(Baseline.predict(Glue.SST2, train, train, 0))).isGreaterThan(0.9);
  }
}
