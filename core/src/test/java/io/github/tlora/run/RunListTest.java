package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.run.RunList.Filter;
import io.github.tlora.run.RunList.Order;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs are listed, compared and cleaned up from their directories alone. */
class RunListTest {
  private static final Filter ALL = new Filter(null, null, null);

  @TempDir private static Path once;
  @TempDir private Path directory;
  private final List<String> faults = new ArrayList<>();

  @BeforeAll
  static void train_three_times() {
    TinyRuns tiny = new TinyRuns(once);
    tiny.writeData(20);
    Path model = TinyEncoder.of(Family.BERT).write(once.resolve("model"));
    tiny.train("runs/a", quick(tiny, "sst2", model));
    tiny.train("runs/b", quick(tiny, "sst2", model).set("adapter.method", "lora", "--method"));
    tiny.train("runs/c", quick(tiny, "rte", model));
  }

  private static Layers quick(TinyRuns tiny, String task, Path model) {
    return tiny.layers(task, model, "baseline", "false", "threads", "1", "train.epochs", "2");
  }

  @BeforeEach
  void copy_the_runs() throws IOException {
    copy(once.resolve("runs"), runs());
  }

  private Path runs() {
    return directory.resolve("runs");
  }

  private Path run(String name) {
    return runs().resolve(name);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Files.copy(path, to.resolve(from.relativize(path)));
      }
    }
  }

  private void edit(String file, UnaryOperator<String> change) {
    Path path = runs().resolve(file);
    try {
      String before = Files.readString(path);
      assertThat(change.apply(before)).isNotEqualTo(before);
      Files.writeString(path, change.apply(before));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void setStatus(String run, String status) {
    edit(run + "/manifest.json", text -> text.replace("\"complete\"", "\"" + status + "\""));
  }

  private void setScore(String run, double accuracy) {
    edit(
        run + "/result.json",
        text ->
            text.replaceFirst(
                "(?s)(\"best\".*?\"accuracy\" : )[0-9.]+", "$1" + (accuracy + 0.001)));
  }

  private List<String> names(Filter filter, Order order) {
    return RunList.of(List.of(runs()), filter, order, faults::add).stream()
        .map(run -> runs().relativize(Path.of(run.run())).toString())
        .toList();
  }

  @Test
  void the_best_of_each_task_comes_first() {
    setScore("a", 0.5);
    setScore("b", 0.75);
    setScore("c", 0.99);
    assertThat(names(ALL, Order.SCORE)).containsExactly("c", "b", "a");
    setScore("c", 0.01);
    assertThat(names(ALL, Order.SCORE)).containsExactly("c", "b", "a");
    setScore("a", 0.8);
    assertThat(names(ALL, Order.SCORE)).containsExactly("c", "a", "b");
    assertThat(faults).isEmpty();
  }

  @Test
  void a_run_of_the_sample_is_ranked_apart() {
    setScore("a", 0.9);
    setScore("b", 0.5);
    edit("a/result.json", text -> text.replace("\"sample\" : false", "\"sample\" : true"));
    assertThat(names(ALL, Order.SCORE)).containsExactly("c", "b", "a");
  }

  @Test
  void other_orders_and_filters() {
    edit("a/manifest.json", text -> text.replaceFirst("(\"started\" : \")\\d{4}", "$12031"));
    edit("a/manifest.json", text -> text.replaceFirst("(\"ended\" : \")\\d{4}", "$12032"));
    assertThat(names(ALL, Order.NAME)).containsExactly("a", "b", "c");
    assertThat(names(ALL, Order.STARTED)).startsWith("a");
    assertThat(names(ALL, Order.TIME)).endsWith("a");
    assertThat(names(ALL, Order.PARAMETERS)).endsWith("b"); // LoRA's are the most
    assertThat(names(new Filter("SST-2", null, null), Order.NAME)).containsExactly("a", "b");
    assertThat(names(new Filter(null, "lora", null), Order.NAME)).containsExactly("b");
    assertThat(names(new Filter(null, null, "failed"), Order.NAME)).isEmpty();
    assertThatThrownBy(() -> new Filter(null, "lorra", null))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("--method: 'lorra' is unknown (did you mean 'lora'?). Known: ");
  }

  @Test
  void a_run_without_a_result_is_told_from_what_it_wrote() throws IOException {
    RunSummary whole = RunList.of(List.of(run("a")), ALL, Order.NAME, faults::add).get(0);
    Files.delete(run("a").resolve("result.json"));
    setStatus("a", "running");
    edit(
        "a/manifest.json", text -> text.replaceFirst("\"ended\" : \"[^\"]*\"", "\"ended\" : null"));
    Files.writeString(
        run("a").resolve("metrics.jsonl"),
        Files.readString(run("a").resolve("metrics.jsonl")) + "{\"step\":9,\"epo");
    RunSummary running;
    try (RunDirectory locked = RunDirectory.reopen(run("a"))) {
      running = RunList.of(List.of(locked.path()), ALL, Order.NAME, faults::add).get(0);
    }
    assertThat(running.status()).isEqualTo("running");
    assertThat(RunList.of(List.of(run("a")), ALL, Order.NAME, faults::add).get(0).status())
        .isEqualTo("killed");
    assertThat(running.model()).isEqualTo(whole.model());
    assertThat(running.best()).isEqualTo(whole.best());
    assertThat(running.score()).isEqualTo(whole.score());
    assertThat(running.steps()).isEqualTo(whole.steps()).isPositive();
    assertThat(running.seconds()).isNull();
    assertThat(running.parameters()).isNull();
    assertThat(faults).isEmpty();
    Files.delete(run("a").resolve("metrics.jsonl"));
    assertThat(RunList.of(List.of(run("a")), ALL, Order.NAME, faults::add).get(0).best()).isNull();
  }

  @Test
  void damaged_and_foreign_directories_are_told_and_the_others_listed() throws IOException {
    Files.createDirectories(run("notes"));
    Files.createDirectories(runs().resolve(".hidden"));
    edit("a/manifest.json", text -> text.substring(0, text.length() / 2));
    edit("b/config.yaml", text -> text + "unheard_of: 1\nof_this: 2\n");
    assertThat(names(ALL, Order.SCORE)).containsExactly("c");
    assertThat(faults)
        .containsExactlyInAnyOrder(
            run("notes") + ": is not the directory of a run, and has none in it",
            run("a").resolve("manifest.json") + ": is damaged",
            faults.stream().filter(line -> line.contains("unheard_of")).findFirst().orElse(""));
    assertThat(faults).allSatisfy(line -> assertThat(line).hasLineCount(1));
    assertThatThrownBy(() -> RunList.of(List.of(run("gone")), ALL, Order.SCORE, faults::add))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(run("gone") + ": no such directory");
  }

  @Test
  void runs_of_a_sweep_are_found_below_it() throws IOException {
    Files.createDirectories(run("sweep/rank"));
    Files.move(run("a"), run("sweep/rank/a"));
    assertThat(names(ALL, Order.NAME)).containsExactly("b", "c", "sweep/rank/a");
    assertThat(faults).isEmpty();
  }

  @Test
  void a_comparison_has_the_settings_that_differ_and_the_outcomes() throws IOException {
    RunsComparison two = RunsComparison.of(List.of(run("a"), run("b")));
    assertThat(two.sameRows()).isTrue();
    assertThat(two.settings())
        .contains(new RunsComparison.Setting("adapter.method", List.of("tlora", "lora")))
        .extracting(RunsComparison.Setting::key)
        .contains("adapter.rank_stabilized")
        .doesNotContain("task", "seed", "train.learning_rate", "adapter.rank");
    JsonNode result = new JsonMapper().readTree(Files.readString(run("b").resolve("result.json")));
    RunsComparison.Outcome parameters = outcome(two, "parameters.adapter");
    assertThat(parameters.values().get(1)).isEqualTo(result.at("/parameters/adapter").asDouble());
    assertThat(parameters.differences().get(0)).isZero();
    assertThat(parameters.differences().get(1))
        .isCloseTo(parameters.values().get(1) - parameters.values().get(0), within(0.0));
    assertThat(outcome(two, "best.accuracy").values().get(1))
        .isEqualTo(result.at("/best/metrics/accuracy").asDouble());
    assertThat(RunsComparison.of(List.of(run("a"), run("c"))).sameRows()).isFalse();
    Files.delete(run("b").resolve("result.json"));
    RunsComparison three = RunsComparison.of(List.of(run("a"), run("b"), run("c")));
    assertThat(outcome(three, "parameters.adapter").values().get(1)).isNull();
    assertThat(outcome(three, "parameters.adapter").differences().get(1)).isNull();
  }

  private static RunsComparison.Outcome outcome(RunsComparison comparison, String item) {
    return comparison.outcomes().stream()
        .filter(outcome -> outcome.item().equals(item))
        .findFirst()
        .orElseThrow();
  }

  private List<String> cleaned(Integer keepBest, boolean remove) {
    return RunsCleaning.clean(List.of(runs()), keepBest, remove, faults::add).items().stream()
        .map(item -> runs().relativize(Path.of(item.path())) + ": " + item.why())
        .toList();
  }

  @Test
  void cleaning_removes_what_came_to_nothing_and_nothing_else() throws IOException {
    setStatus("a", "failed");
    setStatus("b", "interrupted");
    copy(run("b"), run("d"));
    for (String each : List.of("adapter", "last")) {
      Files.delete(run("d").resolve(each).resolve("adapter_config.json"));
    }
    copy(run("a"), run("e"));
    edit("e/manifest.json", text -> text.replace("\"failed\"", "\"running\""));
    Files.createDirectories(run("notes"));
    Files.writeString(run("notes/precious.txt"), "mine");
    Files.writeString(run("c").resolve(".result.json.part"), "half");
    Files.createDirectories(run("c").resolve(".last.part"));
    Files.writeString(run("c").resolve(".last.part/.state.json.part"), "half");
    Files.createDirectories(run("c").resolve(".merged.part")); // perhaps being written
    List<String> wanted =
        List.of(
            "a: failed",
            "c/.last.part: half written",
            "c/.result.json.part: half written",
            "d: interrupted without a checkpoint");
    assertThat(cleaned(null, false)).containsExactlyElementsOf(wanted);
    assertThat(run("a")).exists();
    RunsCleaning.Result result = RunsCleaning.clean(List.of(runs()), null, true, faults::add);
    assertThat(result.items()).hasSize(4);
    assertThat(result.bytes()).isGreaterThan(1000);
    try (Stream<Path> left = Files.list(runs())) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("b", "c", "e", "notes");
    }
    assertThat(run("c").resolve(".result.json.part")).doesNotExist();
    assertThat(run("c").resolve(".last.part")).doesNotExist();
    assertThat(run("c").resolve(".merged.part")).exists();
    assertThat(run("c").resolve("result.json")).exists();
    assertThat(cleaned(null, false)).isEmpty();
  }

  @Test
  void the_best_of_each_task_stay() {
    setScore("a", 0.5);
    setScore("b", 0.75);
    assertThat(cleaned(1, false)).containsExactly("a: not among the best 1");
    assertThat(cleaned(2, false)).isEmpty();
    assertThatThrownBy(() -> cleaned(0, false))
        .isInstanceOf(UserError.class)
        .hasMessage("--keep-best must be at least 1, got 0");
  }
}
