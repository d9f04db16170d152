package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static io.github.tlora.cli.Refusal.refusal;
import static io.github.tlora.cli.Refusal.refusals;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong command lines and configurations: exit 2, before anything is loaded. */
class UsageFaultsTest {
  @TempDir private Path folder;
  private Path data;
  private Path run;

  @BeforeEach
  void write_rows() throws IOException {
    data = Sentences.write(folder.resolve("data"), 8, 5);
    run = folder.resolve("run");
  }

  /** A training with {@code more} options, which must be refused. */
  private String refusedTraining(Object... more) {
    Stream<Object> all =
        Stream.concat(Stream.of("train", "--data", data, "-o", run), Stream.of(more));
    return refusal(folder, 2, all.toArray());
  }

  @ParameterizedTest
  @CsvSource({"trian, command, train", "params2, command, params", "--verison, option, --version"})
  void an_unknown_command_is_told_with_the_nearest(String word, String what, String near) {
    assertThat(refusal(folder, 2, word))
        .isEqualTo("unknown %s '%s' (did you mean '%s'?). See: tlora --help", what, word, near);
  }

  @Test
  void a_word_like_no_command_is_told_without_a_guess() {
    assertThat(refusal(folder, 2, "xyzzy")).isEqualTo("unknown command 'xyzzy'. See: tlora --help");
  }

  @Test
  void an_unknown_option_is_told_without_its_value() {
    assertThat(refusal(folder, 2, "train", "--modle=x"))
        .isEqualTo("unknown option '--modle' (did you mean '--model'?). See: tlora train --help");
  }

  @ParameterizedTest
  @CsvSource({
    "train, --taks, --task",
    "params, --modle, --model",
    "train, --ouptut, --output",
    "merge, --tolerence, --tolerance"
  })
  void an_unknown_option_is_told_with_the_nearest(String command, String option, String near) {
    assertThat(refusal(folder, 2, command, option, "x"))
        .isEqualTo(
            "unknown option '%s' (did you mean '%s'?). See: tlora %s --help",
            option, near, command);
  }

  @Test
  void a_word_too_many_is_refused() {
    assertThat(refusedTraining("roberta-base"))
        .isEqualTo("unknown argument 'roberta-base'. See: tlora train --help");
  }

  @Test
  void an_unknown_task_is_told_with_the_nearest() {
    assertThat(refusedTraining("--task", "sst3"))
        .isEqualTo(
            "unknown task 'sst3' (did you mean 'sst2'?)."
                + " Known tasks: sst2, cola, mrpc, qqp, qnli, rte, wnli, stsb, mnli, ax;"
                + " or give a file that describes your own, such as reviews.yaml");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 'adapter.rank must be at least 1, got 0'",
    "-3, 'adapter.rank must be at least 1, got -3'",
    "eight, 'adapter.rank must be a whole number, got \"eight\"'",
    "1.5, 'adapter.rank must be a whole number, got 1.5'"
  })
  void a_rank_below_one_is_refused(String rank, String told) {
    assertThat(refusedTraining("--rank", rank)).isEqualTo("--rank: " + told);
    assertThat(refusal(folder, 2, "params", "--rank", rank)).isEqualTo("--rank: " + told);
  }

  @ParameterizedTest
  @CsvSource({
    "--epochs, 0, 'train.epochs must be at least 1, got 0'",
    "--batch-size, 0, 'train.batch_size must be at least 1, got 0'",
    "--batch-tokens, 3, 'train.batch_tokens must be at least 4, got 3'",
    "--threads, 0, 'threads must be at least 1, got 0'",
    "--seed, x, 'seed must be a whole number, got \"x\"'",
    "--learning-rate, -1, 'train.learning_rate must be a number of at least 0, got -1.0'",
    "--dropout, 1, 'adapter.dropout must be at least 0 and below 1, got 1.0'",
    "--device, gpu, 'device must be cpu, cuda or cuda:N, got ''gpu'''"
  })
  void a_bad_value_is_told_with_its_bound(String option, String value, String told) {
    assertThat(refusedTraining(option, value)).isEqualTo(option + ": " + told);
  }

  @ParameterizedTest
  @ValueSource(strings = {"eval", "predict", "merge"})
  void a_bad_device_is_refused_before_anything_is_read(String command) {
    assertThat(refusedLoading(command, "--device", "gpu"))
        .isEqualTo("--device must be cpu, cuda or cuda:N, got 'gpu'");
    assertThat(refusedLoading(command, "--threads", "0"))
        .isEqualTo("--threads must be at least 1, got 0");
  }

  private String refusedLoading(String command, String option, String value) {
    return switch (command) {
      case "merge" -> refusal(folder, 2, command, "nowhere", "-o", run, option, value);
      case "predict" -> refusal(folder, 2, command, "nowhere", "--text", "x", option, value);
      default -> refusal(folder, 2, command, "nowhere", option, value);
    };
  }

  @Test
  void an_unknown_method_is_told_with_the_nearest() {
    assertThat(refusedTraining("--method", "lorra"))
        .startsWith("--method: unknown method 'lorra' (did you mean 'lora'?). Known methods: ");
    assertThat(refusal(folder, 2, "params", "--method", "lorra"))
        .startsWith("--method: unknown method 'lorra' (did you mean 'lora'?). Known methods: ");
  }

  @Test
  void an_option_of_another_method_is_refused() {
    assertThat(refusedTraining("--length", "8"))
        .startsWith("--length: unknown key 'adapter.length'");
    assertThat(refusedTraining("--alpha", "8"))
        .startsWith("--alpha: adapter.alpha must be one of (matrix, layer, fixed), got 8");
  }

  @Test
  void a_pattern_that_means_no_adapted_matrix_is_told_with_those_there_are() {
    assertThat(refusedTraining("--method", "lora", "--set", "adapter.rank_pattern={attn: 4}"))
        .startsWith(
            "adapter: the pattern 'attn' matches no adapted matrix. Adapted:"
                + " query (attention.self.query), value (attention.self.value)");
  }

  @Test
  void a_method_that_would_train_nothing_is_refused() {
    assertThat(refusedTraining("--method", "adapter-drop", "--set", "adapter.dropped_layers=6"))
        .startsWith("adapter: its settings leave nothing to train in an encoder of 6 layers.");
  }

  @Test
  void an_unknown_target_is_told_with_the_known_ones() {
    assertThat(refusedTraining("--targets", "query,valeu"))
        .isEqualTo(
            "adapter.targets: 'valeu' matches no matrix of this model. Known targets: query"
                + " (attention.self.query), key (attention.self.key), value"
                + " (attention.self.value), attention_output (attention.output.dense),"
                + " intermediate (intermediate.dense), output (output.dense)");
  }

  @Test
  void an_unknown_key_is_told_with_the_nearest() {
    assertThat(refusedTraining("--set", "train.epcohs=3"))
        .startsWith(
            "--set train.epcohs=3: unknown key 'train.epcohs' (did you mean 'epochs'?)."
                + " Known keys: ");
  }

  @Test
  void a_setting_without_a_value_is_refused() {
    assertThat(refusedTraining("--set", "train.epochs"))
        .isEqualTo("--set: 'train.epochs' is not KEY=VALUE, such as train.epochs=3");
  }

  @Test
  void an_unknown_key_of_a_file_is_told_with_file_and_line() throws IOException {
    Path file = folder.resolve("bad.yaml");
    Files.writeString(file, "task: sst2\ntrain:\n  epochs: 2\n  learning_rte: 1.0e-3\n");
    assertThat(refusedTraining("-c", file))
        .startsWith(
            file
                + ":4: unknown key 'train.learning_rte' (did you mean 'learning_rate'?)."
                + " Known keys: ");
  }

  @Test
  void all_that_is_wrong_is_told_at_once_a_line_each() throws IOException {
    Path file = folder.resolve("bad.yaml");
    Files.writeString(file, "adapter:\n  method: lora\n  ranks: 8\ntrain:\n  epochs: twenty\n");
    assertThat(refusals(folder, 2, "train", "-c", file, "--rank", "0", "-o", run))
        .hasSize(3)
        .satisfiesExactly(
            first -> assertThat(first).startsWith(file + ":3: unknown key 'adapter.ranks'"),
            second ->
                assertThat(second)
                    .isEqualTo(file + ":5: train.epochs must be a whole number, got \"twenty\""),
            third -> assertThat(third).isEqualTo("--rank: adapter.rank must be at least 1, got 0"));
  }

  @Test
  void a_missing_configuration_is_told() {
    Path file = folder.resolve("nowhere.yaml");
    assertThat(refusedTraining("-c", file)).isEqualTo(file + ": no such file");
  }

  @Test
  void more_tokens_than_the_model_takes_are_refused() {
    assertThat(refusedTraining("--max-length", "513"))
        .isEqualTo(
            "train.max_length: 513 is more than the 512 tokens that"
                + " sentence-transformers/all-MiniLM-L6-v2 takes. Give --max-length 512 or less");
  }

  @ParameterizedTest
  @CsvSource({
    "merge, missing required options and parameters",
    "unmerge, missing required options and parameters",
    "eval, eval: no adapter. Give RUN",
    "predict, predict: no text. Give --text"
  })
  void a_missing_run_is_told(String command, String how) {
    assertThat(refusal(folder, 2, command)).startsWith(how);
  }

  @ParameterizedTest
  @ValueSource(strings = {"merge", "export"})
  void a_missing_output_is_told(String command) {
    Object[] args = command.equals("merge") ? new Object[] {command, run} : new Object[] {command};
    assertThat(refusal(folder, 2, args))
        .isEqualTo(
            "missing required option: '--output=DIR'. See: tlora %s --help".formatted(command));
  }

  @Test
  void a_missing_text_is_told() throws IOException {
    assertThat(refusal(folder, 2, "predict", run))
        .isEqualTo(
            "predict: no text. Give --text TEXT, --input FILE, --split SPLIT, or - for stdin");
    Path blank = Files.writeString(folder.resolve("blank.txt"), "\n \n");
    assertThat(refusal(folder, 2, "predict", run, "--input", blank))
        .isEqualTo(
            "predict: no text. Give --text TEXT, --input FILE, --split SPLIT, or - for stdin");
  }

  @Test
  void an_output_that_exists_is_refused_and_left_as_it_was() throws IOException {
    Files.createDirectories(run);
    Files.writeString(run.resolve("precious.txt"), "mine");
    String told = "-o: '" + run + "' exists already. Name another directory, or remove it first";
    assertThat(refusedTraining()).isEqualTo(told);
    assertThat(refusal(folder, 2, "merge", "nowhere", "-o", run)).isEqualTo(told);
    assertThat(refusal(folder, 2, "export", "-o", run)).isEqualTo(told);
  }

  @Test
  void a_file_is_no_output_either() throws IOException {
    Files.writeString(run, "mine");
    assertThat(refusedTraining()).contains("'" + run + "' exists already");
  }

  @Test
  void an_unknown_split_is_refused() {
    assertThat(refusal(folder, 2, "eval", run, "--split", "valid"))
        .isEqualTo("--split must be train, dev or test, got 'valid'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-0.1", "NaN"})
  void a_tolerance_below_zero_is_refused(String tolerance) {
    assertThat(refusal(folder, 2, "merge", run, "-o", run, "--tolerance", tolerance))
        .startsWith("--tolerance must be at least 0, got ");
  }

  @Test
  void params_refuses_what_it_cannot_count() {
    assertThat(refusal(folder, 2, "params", "--labels", "0"))
        .isEqualTo("--labels must be at least 1, got 0");
    assertThat(refusal(folder, 2, "params", "--compare", "--method", "lora"))
        .isEqualTo("--compare shows every method: leave --method out");
    assertThat(refusal(folder, 2, "params", "--model", "FacebookAI/roberta-larg"))
        .startsWith(
            "model: the shape of 'FacebookAI/roberta-larg' is not known (did you mean"
                + " 'roberta-large'?). Give a directory with a config.json, or one of: bundled, ");
  }

  @Test
  void a_dry_run_refuses_the_same() {
    assertThat(refusedTraining("--dry-run", "--rank", "0"))
        .isEqualTo("--rank: adapter.rank must be at least 1, got 0");
  }

  @Test
  void a_refusal_is_never_json() {
    Invocation done = tlora("train", "--rank", "0", "--json");
    assertThat(done.out()).isEmpty();
    assertThat(done.err())
        .isEqualTo(
            "tlora: --rank: adapter.rank must be at least 1, got 0" + System.lineSeparator());
  }
}
