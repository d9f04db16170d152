package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.keys;
import static io.github.tlora.cli.Invocation.tlora;
import static io.github.tlora.cli.Refusal.contents;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code tlora train} on a tiny encoder, and what the other commands make of its runs. */
class TrainCommandTest {
  private static final int EPOCHS = 3;
  private static final int STEPS = 6; // 24 rows in batches of 16, three times

  @TempDir private static Path common;
  private static Path encoder;
  private static Path data;
  private static Path run;
  private static Invocation training;

  @TempDir private Path folder;

  @BeforeAll
  static void train_once() throws IOException {
    encoder = TinyEncoder.write(common.resolve("encoder"), 1);
    data = Sentences.write(common.resolve("data"), 24, 13);
    run = common.resolve("run");
    training = training(run, "--json").succeeded();
  }

  private static Invocation training(Path output, Object... more) {
    Stream<Object> all =
        Stream.of(
            "train",
            "--model",
            encoder,
            "--data",
            data,
            "--epochs",
            EPOCHS,
            "--batch-size",
            16,
            "--threads",
            1,
            "-o",
            output);
    return tlora(Stream.concat(all, Stream.of(more)).toArray());
  }

  // ---- What is printed -------------------------------------------------------------------------

  @Test
  void with_json_stdout_is_the_result_and_nothing_else() throws IOException {
    assertThat(training.json()).isEqualTo(Invocation.json(run.resolve("result.json")));
  }

  @Test
  void the_plan_and_the_progress_are_on_stderr_in_plain_lines() {
    assertThat(training.errLines())
        .contains(
            "task        sst2, seed 0",
            "model       " + encoder + " on cpu",
            "data        " + data,
            "rows        24 train, 13 dev",
            "method      tlora rank 8 on query, value",
            "parameters  260 adapter + 34 head, 294 trained of 8,502",
            "recipe      3 epochs x batch 16 = 6 steps, learning rate 0.005")
        .anyMatch(line -> line.matches("step 6/6, loss \\d\\.\\d{4}, \\d+ examples/s, 0 s left"))
        .anyMatch(line -> line.matches("epoch 3: dev accuracy 0\\.\\d{4}, loss \\d\\.\\d{4}.*"));
    assertThat(training.err()).doesNotContain("\r", "\u001b");
  }

  @Test
  void without_json_stdout_names_the_run_and_its_scores() {
    Path output = folder.resolve("run");
    assertThat(training(output).succeeded().outLines())
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("run         " + output),
            line -> assertThat(line).matches("best        accuracy 0\\.\\d{4} after epoch \\d.*"),
            line -> assertThat(line).matches("last        accuracy 0\\.\\d{4} after epoch 3.*"),
            line -> assertThat(line).startsWith("baseline    accuracy "),
            line -> assertThat(line).matches("speed       [\\d.]+ examples/s, \\d+ tokens/s, .*"));
  }

  @Test
  void a_budget_below_the_longest_row_is_a_wrong_usage() {
    Path output = folder.resolve("run");
    for (Object more : List.of("--dry-run", "--json")) {
      Invocation refused = training(output, "--batch-tokens", 4, more);
      assertThat(refused.code()).isEqualTo(2);
      assertThat(refused.err())
          .matches(
              "tlora: train\\.batch_tokens: 4 is less than the \\d+ tokens of the longest row\\."
                  + " Give --batch-tokens \\d+ or more, or cut rows with --max-length 4\\R");
      assertThat(output).doesNotExist();
    }
  }

  @Test
  void a_dry_run_counts_the_steps_that_a_token_budget_takes() {
    Invocation plan =
        training(folder.resolve("x"), "--batch-tokens", 60, "--dry-run", "--json").succeeded();
    Invocation text = training(folder.resolve("x"), "--batch-tokens", 60, "--dry-run").succeeded();
    long steps = plan.json().get("steps").asLong();
    assertThat(text.out()).contains("3 epochs x batch 60 tokens or 16 rows = " + steps + " steps");
    Invocation run = training(folder.resolve("x"), "--batch-tokens", 60, "--json").succeeded();
    assertThat(run.json().at("/last/step").asLong()).isEqualTo(steps);
  }

  @Test
  void a_dry_run_prints_the_plan_and_writes_nothing() {
    var before = contents(common);
    Invocation plan = training(common.resolve("dry"), "--dry-run").succeeded();
    assertThat(plan.outLines())
        .contains("rows        24 train, 13 dev", "head        the model's own form, new, trained")
        .anyMatch(line -> line.matches("memory      about 0\\.3 GB: base 0\\.00, trained .*"));
    assertThat(plan.err()).isEmpty();
    assertThat(contents(common)).isEqualTo(before);
  }

  @Test
  void a_probe_measures_memory_and_time_and_writes_nothing() {
    var before = contents(common);
    Invocation plan = training(common.resolve("probed"), "--dry-run", "--probe").succeeded();
    assertThat(plan.outLines())
        .anyMatch(line -> line.matches("memory      \\d\\.\\d GB: base 0\\.00, trained .*"))
        .anyMatch(line -> line.matches("time        about \\d+ s, \\d\\.\\d\\d s a step of .*"));
    assertThat(contents(common)).isEqualTo(before);
    JsonNode json =
        training(common.resolve("probed"), "--dry-run", "--probe", "--json").succeeded().json();
    assertThat(json.at("/probe/seconds").asDouble()).isPositive();
    assertThat(json.at("/probe/step_seconds").asDouble()).isPositive();
    assertThat(json.at("/memory/program").asLong()).isPositive();
  }

  @Test
  void a_probe_is_for_a_plan() {
    Invocation refused = training(common.resolve("probed"), "--probe");
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("--probe measures for a plan: add --dry-run");
  }

  @Test
  void a_dry_run_needs_no_weights() throws IOException {
    Path shapes = Files.createDirectory(folder.resolve("shapes"));
    Files.writeString(shapes.resolve("config.json"), TinyEncoder.config().toString());
    JsonNode plan =
        tlora("train", "--model", shapes, "--data", data, "--dry-run", "--json").succeeded().json();
    assertThat(plan.get("adapter").asLong()).isEqualTo(260);
    assertThat(plan.get("head").asLong()).isEqualTo(34);
    assertThat(plan.get("total").asLong()).isEqualTo(8502);
    assertThat(plan.get("steps").asLong()).isEqualTo(5);
  }

  // ---- What is written -------------------------------------------------------------------------

  @Test
  void a_run_directory_holds_these_files() throws IOException {
    try (Stream<Path> files = Files.walk(run)) {
      assertThat(files.filter(Files::isRegularFile).map(file -> run.relativize(file).toString()))
          .containsExactlyInAnyOrder(
              "config.yaml",
              "manifest.json",
              "metrics.jsonl",
              "result.json",
              "log.txt",
              "details.json",
              "provenance.json",
              "predictions/dev.tsv",
              "adapter/README.md",
              "adapter/adapter_config.json",
              "adapter/adapter_model.safetensors",
              "last/adapter_config.json",
              "last/adapter_model.safetensors",
              "last/optimizer.safetensors",
              "last/state.json");
    }
  }

  @Test
  void the_result_has_these_keys() throws IOException {
    JsonNode result = Invocation.json(run.resolve("result.json"));
    assertThat(keys(result))
        .contains(
            "task",
            "data",
            "model",
            "method",
            "rank",
            "seed",
            "parameters",
            "best",
            "last",
            "examples_per_second",
            "tokens_per_second",
            "time_to_first_step_s",
            "wall_s",
            "peak_rss_bytes");
    assertThat(keys(result.get("data")))
        .contains("name", "sample", "train_rows", "dev_rows", "sha256");
    assertThat(keys(result.get("parameters")))
        .containsExactly("adapter", "head", "trainable", "total");
    assertThat(keys(result.get("best"))).containsExactly("step", "epoch", "metrics", "warnings");
    assertThat(keys(result.get("last"))).containsExactly("step", "epoch", "metrics", "warnings");
  }

  @Test
  void the_result_is_that_of_this_run() throws IOException {
    JsonNode result = Invocation.json(run.resolve("result.json"));
    assertThat(result.get("task").asText()).isEqualTo("sst2");
    assertThat(result.get("model").asText()).isEqualTo(encoder.toString());
    assertThat(result.get("method").asText()).isEqualTo("tlora");
    assertThat(result.get("rank").asInt()).isEqualTo(8);
    assertThat(result.get("seed").asInt()).isZero();
    assertThat(result.at("/data/name").asText()).isEqualTo(data.toString());
    assertThat(result.at("/data/sample").isBoolean()).isTrue();
    assertThat(result.at("/data/sample").asBoolean()).isFalse();
    assertThat(result.at("/data/train_rows").asInt()).isEqualTo(24);
    assertThat(result.at("/data/dev_rows").asInt()).isEqualTo(13);
    assertThat(result.at("/data/sha256").asText()).matches("[0-9a-f]{64}");
    assertThat(result.at("/parameters/adapter").asInt()).isEqualTo(260);
    assertThat(result.at("/parameters/trainable").asInt()).isEqualTo(294);
    assertThat(result.at("/last/step").asInt()).isEqualTo(STEPS);
    assertThat(result.at("/last/epoch").asInt()).isEqualTo(EPOCHS);
    // A whole number of thirteenths, so not rounded to the digits that people are shown.
    double thirteenths = result.at("/best/metrics/accuracy").asDouble() * 13;
    assertThat(thirteenths).isBetween(1.0, 12.0).isEqualTo(Math.rint(thirteenths));
    assertThat(result.at("/best/metrics/accuracy").asDouble())
        .isGreaterThanOrEqualTo(result.at("/last/metrics/accuracy").asDouble());
  }

  @Test
  void the_metrics_have_a_line_an_event_in_the_words_of_the_result() throws IOException {
    List<JsonNode> events =
        Files.readAllLines(run.resolve("metrics.jsonl")).stream().map(Invocation::parse).toList();
    List<JsonNode> steps = events.stream().filter(event -> !event.has("metrics")).toList();
    List<JsonNode> scores = events.stream().filter(event -> event.has("metrics")).toList();
    assertThat(steps)
        .extracting(step -> step.get("step").asInt())
        .containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(steps)
        .allSatisfy(
            step ->
                assertThat(keys(step))
                    .contains(
                        "step",
                        "epoch",
                        "loss",
                        "learning_rate",
                        "examples_per_second",
                        "tokens_per_second"));
    assertThat(scores).hasSize(EPOCHS);
    assertThat(scores)
        .allSatisfy(score -> assertThat(keys(score)).contains("step", "epoch", "metrics", "loss"));
    assertThat(events.get(events.size() - 1)).isSameAs(scores.get(EPOCHS - 1));
    JsonNode result = Invocation.json(run.resolve("result.json"));
    assertThat(scores.get(EPOCHS - 1).get("metrics")).isEqualTo(result.at("/last/metrics"));
  }

  @Test
  void the_manifest_says_where_the_run_came_from() throws IOException {
    JsonNode manifest = Invocation.json(run.resolve("manifest.json"));
    assertThat(manifest.get("status").asText()).isEqualTo("complete");
    assertThat(manifest.get("argv").get(0).asText()).isEqualTo("train");
    assertThat(manifest.at("/platform/device").asText()).isEqualTo("cpu");
    assertThat(manifest.at("/platform/threads").asInt()).isEqualTo(1);
    assertThat(keys(manifest.get("sha256"))).containsExactly("train", "dev", "base");
  }

  @Test
  void the_written_configuration_repeats_the_run_to_the_byte() throws IOException {
    Path again = folder.resolve("again");
    tlora("train", "-c", run.resolve("config.yaml"), "-o", again).succeeded();
    Path weights = Path.of("adapter", "adapter_model.safetensors");
    assertThat(again.resolve(weights)).hasSameBinaryContentAs(run.resolve(weights));
    assertThat(again.resolve("config.yaml")).hasSameBinaryContentAs(run.resolve("config.yaml"));
  }

  @Test
  void another_seed_gives_another_adapter() throws IOException {
    Path other = folder.resolve("other");
    training(other, "--seed", 1).succeeded();
    Path weights = Path.of("adapter", "adapter_model.safetensors");
    assertThat(Files.readAllBytes(other.resolve(weights)))
        .isNotEqualTo(Files.readAllBytes(run.resolve(weights)));
  }

  @Test
  void the_number_of_rows_can_be_limited() {
    JsonNode result =
        training(folder.resolve("run"), "--set", "train.max_examples=9", "--json")
            .succeeded()
            .json();
    assertThat(result.at("/data/train_rows").asInt()).isEqualTo(9);
    assertThat(result.at("/last/step").asInt()).isEqualTo(EPOCHS);
  }

  @Test
  void training_that_diverges_fails_with_one_line_and_says_so_in_the_manifest() throws IOException {
    Path output = folder.resolve("run");
    Invocation done = training(output, "--learning-rate", "1e30", "--json");
    assertThat(done.code()).isEqualTo(1);
    assertThat(done.out()).isEmpty();
    assertThat(done.errLines())
        .filteredOn(line -> line.startsWith("tlora: "))
        .singleElement()
        .asString()
        .matches("tlora: training diverged: the loss is \\S+ at step \\d of 6\\. Try .*");
    assertThat(Invocation.json(output.resolve("manifest.json")).get("status").asText())
        .isEqualTo("failed");
    assertThat(output.resolve("result.json")).doesNotExist();
  }

  // ---- Going on, and several seeds -------------------------------------------------------------

  @Test
  void a_run_whose_time_is_over_says_so_and_goes_on() throws IOException {
    Path output = folder.resolve("run");
    Object[] patient = {
      "train", "--model", encoder, "--data", data, "--epochs", 1_000_000, "--max-time", "1s"
    };
    Invocation first =
        tlora(Stream.concat(Stream.of(patient), Stream.of("--no-baseline", "-o", output)).toArray())
            .succeeded();
    assertThat(first.out()).contains("the time was over (train.max_time)");
    long steps = Invocation.json(output.resolve("last/state.json")).get("step").asLong();
    JsonNode second = tlora("train", "--resume", output, "--json").succeeded().json();
    assertThat(second.get("ended_by").asText()).isEqualTo("max-time");
    assertThat(second.at("/last/step").asLong()).isGreaterThan(steps);
    JsonNode manifest = Invocation.json(output.resolve("manifest.json"));
    assertThat(manifest.at("/resumed/0/step").asLong()).isEqualTo(steps);
    assertThat(manifest.at("/resumed/0/argv/1").asText()).isEqualTo("--resume");
  }

  @Test
  void a_complete_run_is_not_resumed() {
    Invocation refused = tlora("train", "--resume", run);
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err())
        .startsWith("tlora: --resume: " + run + " is complete. To train further from its adapter:");
  }

  @Test
  void options_that_contradict_resuming_are_refused() {
    for (String[] more : List.of(new String[] {"-o", "x"}, new String[] {"--seeds", "0..1"})) {
      Invocation refused = tlora("train", "--resume", run, more[0], more[1]);
      assertThat(refused.code()).isEqualTo(2);
      assertThat(refused.err()).contains("--resume: the run goes on in its own directory");
    }
  }

  @Test
  void several_seeds_are_runs_of_their_own_with_a_summary() throws IOException {
    Path output = folder.resolve("seeds");
    JsonNode all = training(output, "--seeds", "0..2", "--json").succeeded().json();
    assertThat(all.get("runs").findValuesAsText("seed")).containsExactly("0", "1", "2");
    assertThat(all.get("runs").get(0).at("/best"))
        .isEqualTo(Invocation.json(run.resolve("result.json")).at("/best"));
    assertThat(keys(all.at("/best/accuracy")))
        .containsExactly("median", "mean", "sd", "min", "max");
    Invocation text = training(folder.resolve("again"), "--seeds", "0,2").succeeded();
    assertThat(text.outLines())
        .anyMatch(line -> line.matches("seed 2 {5}accuracy 0\\.\\d{4}, step \\d  .*/again/s2"))
        .anyMatch(line -> line.matches("best accuracy( +\\d\\.\\d{4}){5}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1,1", "3..1", "a..b", "0..100000", "1,,2"})
  void a_list_of_seeds_that_is_none_is_refused(String seeds) {
    Invocation refused = training(folder.resolve("x"), "--seeds", seeds);
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.errLines())
        .containsExactly(
            "tlora: --seeds: '"
                + seeds
                + "' is not a list of two or more seeds, each once, such as 0..4 or 0,1,7");
  }

  // ---- What follows ----------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"", "adapter"})
  void eval_prints_the_digits_of_the_best_epoch(String below) throws IOException {
    Path place = run.resolve(below);
    JsonNode score = tlora("eval", place, "--json").succeeded().json();
    assertThat(keys(score)).contains("run", "task", "split", "rows", "metrics");
    assertThat(score.get("run").asText()).isEqualTo(place.toString());
    assertThat(score.get("task").asText()).isEqualTo("sst2");
    assertThat(score.get("split").asText()).isEqualTo("dev");
    assertThat(score.get("rows").asInt()).isEqualTo(13);
    assertThat(score.get("metrics"))
        .isEqualTo(Invocation.json(run.resolve("result.json")).at("/best/metrics"));
  }

  @Test
  void eval_of_the_last_epoch_prints_its_digits() throws IOException {
    assertThat(tlora("eval", run.resolve("last"), "--json").succeeded().json().get("metrics"))
        .isEqualTo(Invocation.json(run.resolve("result.json")).at("/last/metrics"));
  }

  @Test
  void eval_scores_the_training_rows_on_request() {
    JsonNode score = tlora("eval", run, "--split", "train", "--json").succeeded().json();
    assertThat(score.get("split").asText()).isEqualTo("train");
    assertThat(score.get("rows").asInt()).isEqualTo(24);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tlora", "lora"})
  void a_method_goes_the_whole_way(String method) throws IOException {
    Path own = folder.resolve("run");
    Path merged = folder.resolve("merged");
    JsonNode result = training(own, "--method", method, "--rank", "2", "--json").succeeded().json();
    assertThat(tlora("eval", own, "--json").succeeded().json().get("metrics"))
        .isEqualTo(result.at("/best/metrics"));
    JsonNode merge = tlora("merge", own, "-o", merged, "--json").succeeded().json();
    assertThat(merge.get("stock").asBoolean()).isTrue();
    assertThat(merge.get("largest_difference").asDouble()).isBetween(0.0, 1e-5);
    assertThat(tlora("predict", own, "--text", "the film is warm").succeeded().outLines())
        .singleElement()
        .asString()
        .matches("(posi|nega)tive\tnegative 0\\.\\d{4}, positive 0\\.\\d{4}\tthe film is warm");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactlyInAnyOrder(own, merged);
    }
  }

  @Test
  void pairs_are_predicted_as_two_texts_with_a_tab() throws IOException {
    Path pairs = Files.createDirectory(folder.resolve("pairs"));
    String rows =
        """
        index\tsentence1\tsentence2\tlabel
        0\tthe film is warm\tthe plot is warm\tentailment
        1\tthe film is dull\tthe film is not dull\tnot_entailment
        """;
    Files.writeString(pairs.resolve("train.tsv"), rows);
    Files.writeString(pairs.resolve("dev.tsv"), rows);
    Path output = folder.resolve("run");
    tlora(
            "train",
            "--task",
            "rte",
            "--model",
            encoder,
            "--data",
            pairs,
            "--threads",
            1,
            "-o",
            output)
        .succeeded();
    JsonNode answers =
        tlora("predict", output, "--text", "the film is warm\ta warm film", "--json")
            .succeeded()
            .json();
    assertThat(keys(answers.get(0).get("probabilities")))
        .containsExactly("entailment", "not_entailment");
    assertThat(Refusal.refusal(folder, 2, "predict", output, "--text", "the film is warm"))
        .isEqualTo(
            "predict: the task takes two texts together: separate them by a tab, got"
                + " 'the film is warm'");
  }

  @Test
  void predictions_come_a_line_a_text_in_order() throws IOException {
    Path file = folder.resolve("texts.txt");
    Files.writeString(file, "a warm film\n\na dull film\n");
    assertThat(
            tlora("predict", run, "--text", "a sad plot", "--text", "joy", "--input", file)
                .succeeded()
                .outLines())
        .extracting(line -> line.substring(line.lastIndexOf('\t') + 1))
        .containsExactly("a sad plot", "joy", "a warm film", "a dull film");
  }

  @Test
  void predictions_as_json_are_an_array_of_objects() {
    JsonNode answers =
        tlora("predict", run, "--json", "--text", "a \"sad\" plot", "--text", "joy")
            .succeeded()
            .json();
    assertThat(answers).hasSize(2);
    assertThat(keys(answers.get(0))).containsExactly("text", "label", "probabilities");
    assertThat(answers.get(0).get("text").asText()).isEqualTo("a \"sad\" plot");
    assertThat(answers)
        .allSatisfy(
            answer -> {
              JsonNode shares = answer.get("probabilities");
              double negative = shares.get("negative").asDouble();
              double positive = shares.get("positive").asDouble();
              assertThat(negative + positive).isBetween(1 - 1e-6, 1 + 1e-6);
              assertThat(answer.get("label").asText())
                  .isEqualTo(negative > positive ? "negative" : "positive");
            });
  }

  @Test
  void an_adapter_works_where_its_model_has_moved() throws IOException {
    Path moved = TinyEncoder.write(folder.resolve("moved"), 1);
    assertThat(tlora("eval", run, "--model", moved, "--json").succeeded().json().get("metrics"))
        .isEqualTo(Invocation.json(run.resolve("result.json")).at("/best/metrics"));
  }
}
