package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.metric.Metric;
import io.github.tlora.run.AdapterSet.Request;
import io.github.tlora.run.Classifier.Prediction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several adapters on one loaded base, by rows and by adding and subtracting. */
class AdapterSetTest {
  private static final List<String> TEXTS =
      List.of("a warm film", "the plot is dull", "so long", "good and sharp and very witty story");

  @TempDir private Path directory;
  private TinyRuns tiny;
  private Environment environment;

  @BeforeEach
  void write_data() {
    tiny = new TinyRuns(directory);
    environment = tiny.environment();
    tiny.writeData(90);
  }

  private Path train(String task, String name, Family family, String... settings) {
    Path model = directory.resolve("model-" + family);
    if (!model.toFile().exists()) {
      TinyEncoder.of(family).write(model);
    }
    Layers layers = tiny.layers(task, model, "seed", TinyRuns.seedOf(name));
    for (int i = 0; i < settings.length; i += 2) {
      layers.set(settings[i], settings[i + 1], "--set");
    }
    return tiny.train(name, layers);
  }

  /** A run of every method, each trained a little. */
  private Map<String, Path> every_method(Family family) {
    Map<String, Path> runs = new LinkedHashMap<>();
    for (String method : Method.names()) {
      boolean drops = method.equals("adapter-drop"); // the two layers that there are, by default
      String[] settings = {
        "adapter.method", method, drops ? "adapter.dropped_layers" : "seed", drops ? "1" : "3"
      };
      runs.put(method, train("sst2", "run-" + method, family, settings));
    }
    return runs;
  }

  private static void assertSame(Prediction ours, Prediction wanted) {
    assertThat(ours.label()).isEqualTo(wanted.label());
    assertThat(ours.probabilities().keySet()).isEqualTo(wanted.probabilities().keySet());
    wanted
        .probabilities()
        .forEach((l, p) -> assertThat(ours.probabilities().get(l)).isCloseTo(p, within(1e-5)));
  }

  @ParameterizedTest
  @EnumSource(names = {"BERT", "ELECTRA", "DEBERTA", "DEBERTA_V2"})
  void rows_of_all_methods_together_are_predicted_as_alone(Family family) {
    Map<String, Path> runs = every_method(family);
    List<Request> rows = new ArrayList<>();
    List<Prediction> wanted = new ArrayList<>();
    runs.forEach(
        (name, run) -> {
          try (Classifier alone = Classifier.load(run, null, environment)) {
            wanted.addAll(alone.predict(TEXTS));
          }
          TEXTS.forEach(text -> rows.add(new Request(name, text, null)));
        });
    // The adapters must disagree, or rows could be swapped unseen.
    assertThat(wanted.stream().map(p -> p.probabilities().values()).distinct().count())
        .isGreaterThan(wanted.size() / 2);
    try (AdapterSet set = AdapterSet.open(runs, null, environment)) {
      List<Prediction> ours = set.predict(shuffled(rows));
      List<Prediction> theirs = shuffled(wanted);
      for (int i = 0; i < ours.size(); i++) {
        assertSame(ours.get(i), theirs.get(i));
      }
    }
  }

  private static <T> List<T> shuffled(List<T> rows) {
    List<T> mixed = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      mixed.add(rows.get(Math.floorMod(i * 7, rows.size())));
    }
    return mixed;
  }

  @Test
  void tasks_of_one_text_two_texts_and_numbers_share_a_batch() {
    Map<String, Path> runs = new LinkedHashMap<>();
    runs.put("film", train("sst2", "film", Family.BERT, "adapter.method", "lora"));
    runs.put("follows", train("rte", "follows", Family.BERT));
    runs.put("alike", train("stsb", "alike", Family.BERT, "adapter.method", "houlsby"));
    List<Request> rows =
        List.of(
            new Request("alike", "good", "warm"),
            new Request("film", "a warm film", null),
            new Request("follows", "the plot is dull", "so long"));
    try (AdapterSet set = AdapterSet.open(runs, null, environment)) {
      List<Prediction> ours = set.predict(rows);
      try (Classifier alone = Classifier.load(runs.get("alike"), null, environment)) {
        assertThat(ours.get(0).value())
            .isCloseTo(
                alone.predictPairs(List.of(new Classifier.TextPair("good", "warm"))).get(0).value(),
                within(1e-5));
      }
      assertThat(ours.get(1).probabilities()).containsOnlyKeys("negative", "positive");
      assertThat(ours.get(2).probabilities()).containsOnlyKeys("entailment", "not_entailment");
      assertThatThrownBy(() -> set.predict(List.of(new Request("film", "one", "two"))))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("takes single texts");
      assertThatThrownBy(() -> set.predict(List.of(new Request("shop", "one", null))))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("'shop' is not one of those given: film, follows, alike");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ROBERTA", "DEBERTA", "DEBERTA_V2"})
  void adding_and_subtracting_gives_the_scores_of_each_and_the_base_back(Family family) {
    List<Path> runs = new ArrayList<>();
    for (String method : List.of("tlora", "dora", "bitfit", "lora-xs", "vera", "lora", "full")) {
      runs.add(train("sst2", "run-" + method, family, "adapter.method", method));
    }
    EvalRun.Several beside = EvalRun.evaluate(runs, null, "dev", null, false, environment);
    EvalRun.Several merged = EvalRun.evaluate(runs, null, "dev", null, true, environment);
    assertThat(beside.baseError()).isNull();
    assertThat(merged.baseError()).isLessThan(2e-6);
    for (int i = 0; i < runs.size(); i++) {
      EvalRun.Result alone = EvalRun.evaluate(runs.get(i), null, "dev", null, environment);
      assertThat(beside.adapters().get(i)).isEqualTo(alone);
      assertThat(merged.adapters().get(i).metrics().get(Metric.ACCURACY))
          .isCloseTo(alone.metrics().get(Metric.ACCURACY), within(1.0 / 90)); // a tie may turn
    }
    assertThat(beside.adapters().stream().map(EvalRun.Result::metrics).distinct().count())
        .isGreaterThan(1);
  }

  @Test
  void an_adapter_of_another_base_is_refused_with_both_hashes() {
    Path own = train("sst2", "own", Family.BERT);
    Path model = directory.resolve("model-BERT");
    TinyEncoder.of(Family.BERT).withSeed(5).write(directory.resolve("model-ELECTRA"));
    Path other = train("sst2", "other", Family.ELECTRA); // a BERT of other weights
    assertThatThrownBy(
            () ->
                EvalRun.evaluate(
                    List.of(own, other), null, "dev", model.toString(), false, environment))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("belongs to another model");
  }

  @Test
  void what_cannot_be_merged_is_refused_before_anything_is_loaded() {
    Path run = train("sst2", "run", Family.BERT, "adapter.method", "houlsby");
    assertThatThrownBy(() -> EvalRun.evaluate(List.of(run), null, "dev", null, true, environment))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessageContainingAll("houlsby cannot be merged", "not linear");
  }
}
