package io.github.tlora.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.metric.Details;
import io.github.tlora.metric.Metric;
import io.github.tlora.metric.Predictions;
import io.github.tlora.metric.Scores;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Scores against those of scikit-learn and scipy; scripts/golden/make_metrics.py made them. */
class MetricGoldenTest {
  private static final double NEAR = 1e-12;

  private static JsonNode cases() throws IOException {
    try (InputStream stream =
        MetricGoldenTest.class.getResourceAsStream("/golden/metrics/cases.json")) {
      return new JsonMapper().readTree(stream).path("cases");
    }
  }

  private static Predictions predictions(JsonNode given) {
    if (!given.has("classes")) {
      return Predictions.ofNumbers(numbers(given.path("predicted")), numbers(given.path("actual")));
    }
    List<String> labels =
        IntStream.range(0, given.path("classes").asInt()).mapToObj(i -> "class " + i).toList();
    return Predictions.ofClasses(
        labels, digits(given.path("predicted")), digits(given.path("actual")));
  }

  private static double[] numbers(JsonNode list) {
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = list.path(i).asDouble();
    }
    return numbers;
  }

  private static int[] digits(JsonNode text) {
    return text.asText().chars().map(digit -> digit - '0').toArray();
  }

  @TestFactory
  List<DynamicTest> scores_are_those_of_scikit_learn_and_scipy() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode given : cases()) {
      tests.add(DynamicTest.dynamicTest(given.path("name").asText(), () -> compare(given)));
    }
    assertThat(tests).hasSizeGreaterThan(25);
    return tests;
  }

  private static void compare(JsonNode given) {
    Predictions rows = predictions(given);
    JsonNode expected = given.path("scores");
    List<Metric> metrics =
        expected
            .propertyStream()
            .map(score -> Metric.valueOf(score.getKey().toUpperCase(Locale.ROOT)))
            .toList();
    Scores scores = Scores.of(metrics, rows);
    for (Metric metric : metrics) {
      JsonNode score = expected.path(metric.key());
      // What is not defined is 0, and is said to be.
      assertThat(scores.metrics().get(metric)).isCloseTo(score.asDouble(0), within(NEAR));
      assertThat(metric.undefined(rows).isPresent()).isEqualTo(score.isNull());
      assertThat(scores.warnings().stream().anyMatch(line -> line.startsWith(metric.key() + " is")))
          .isEqualTo(score.isNull());
    }
    if (given.has("classes")) {
      compare((Details.OfClasses) Details.of(rows), given);
    } else {
      Details.OfNumbers details = (Details.OfNumbers) Details.of(rows);
      assertThat(details.rmse()).isCloseTo(given.path("rmse").asDouble(), within(1e-9));
      assertThat(details.mae()).isCloseTo(given.path("mae").asDouble(), within(1e-9));
    }
  }

  private static void compare(Details.OfClasses details, JsonNode given) {
    for (int i = 0; i < details.labels().size(); i++) {
      JsonNode row = given.path("confusion").path(i);
      for (int j = 0; j < details.labels().size(); j++) {
        assertThat(details.confusion().get(i).get(j)).isEqualTo(row.path(j).asLong());
      }
      Details.OfClass scores = details.classes().get(i);
      assertThat(scores.rows()).isEqualTo(given.path("rows").path(i).asLong());
      assertThat(scores.precision()).isCloseTo(number(given, "precision", i), within(NEAR));
      assertThat(scores.recall()).isCloseTo(number(given, "recall", i), within(NEAR));
      assertThat(scores.f1()).isCloseTo(number(given, "f1", i), within(NEAR));
    }
    assertThat(details.macro().precision()).isCloseTo(number(given, "macro", 0), within(NEAR));
    assertThat(details.macro().recall()).isCloseTo(number(given, "macro", 1), within(NEAR));
    assertThat(details.macro().f1()).isCloseTo(number(given, "macro", 2), within(NEAR));
  }

  private static double number(JsonNode given, String key, int index) {
    assertThat(given.path(key).path(index).isNumber()).isTrue();
    return given.path(key).path(index).asDouble();
  }

  @Test
  void a_single_class_is_warned_of_where_every_score_is_defined() {
    Predictions one =
        Predictions.ofClasses(List.of("bad", "good"), new int[] {1, 1, 1}, new int[] {1, 0, 1});
    assertThat(Scores.of(List.of(Metric.ACCURACY), one).warnings())
        .containsExactly("every row is predicted to be 'good'");
    assertThat(Scores.of(List.of(Metric.MATTHEWS, Metric.ACCURACY), one).warnings())
        .containsExactly(
            "matthews is not defined, 0 stands for it: every row is predicted to be 'good'");
    Predictions both =
        Predictions.ofClasses(List.of("bad", "good"), new int[] {1, 0, 1}, new int[] {1, 1, 1});
    assertThat(Scores.of(List.of(Metric.ACCURACY), both).warnings()).isEmpty();
  }
}
