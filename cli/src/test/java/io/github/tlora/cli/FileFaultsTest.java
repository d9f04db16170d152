package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.tlora;
import static io.github.tlora.cli.Refusal.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Data, checkpoints and adapters that are missing, damaged or of another kind: exit 3. */
class FileFaultsTest {
  private static final JsonMapper JSON = new JsonMapper();

  /** What every test starts from, and none changes. */
  @TempDir private static Path common;

  private static Path encoder;
  private static Path rows;
  private static Path trained;

  /** A test's own files. */
  @TempDir private Path folder;

  private Path data;
  private Path model;
  private Path adapter;
  private Path output;

  @BeforeAll
  static void train_a_tiny_encoder() throws IOException {
    encoder = TinyEncoder.write(common.resolve("encoder"), 1);
    rows = Sentences.write(common.resolve("rows"), 16, 10);
    trained = common.resolve("trained");
    tlora("train", "--model", encoder, "--data", rows, "--epochs", 1, "--threads", 1, "-o", trained)
        .succeeded();
  }

  @BeforeEach
  void copy_what_is_to_be_damaged() throws IOException {
    data = copy(rows, "rows");
    model = copy(encoder, "encoder");
    adapter = copy(trained.resolve("adapter"), "adapter");
    output = folder.resolve("output");
  }

  private Path copy(Path directory, String name) throws IOException {
    Path copy = Files.createDirectory(folder.resolve(name));
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  private Object[] training(Object... more) {
    return Stream.concat(
            Stream.of("train", "--model", model, "--data", data, "-o", output), Stream.of(more))
        .toArray();
  }

  private String refusedTraining(Object... more) {
    return refusal(folder, 3, training(more));
  }

  private void changeConfig(Path file, java.util.function.Consumer<ObjectNode> change)
      throws IOException {
    ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
    change.accept(json);
    Files.writeString(file, json.toString());
  }

  // ---- Data ------------------------------------------------------------------------------------

  @Test
  void missing_data_are_told() {
    Path nowhere = folder.resolve("nowhere");
    assertThat(refusal(folder, 3, "train", "--data", nowhere, "-o", output))
        .isEqualTo(
            "data: '"
                + nowhere
                + "' is not there. Give a directory with train.tsv and dev.tsv, or a file");
  }

  @Test
  void a_task_without_data_says_where_it_looked() {
    assertThat(refusal(folder, 3, "train", "--task", "mrpc", "-o", output))
        .startsWith("data: no rows for task 'mrpc' at ")
        .endsWith(
            ". Get GLUE's with 'tlora get mrpc', or give --data with a directory that holds"
                + " train.tsv and dev.tsv");
  }

  @Test
  void a_missing_split_is_told() throws IOException {
    Files.delete(data.resolve("dev.tsv"));
    assertThat(refusedTraining())
        .startsWith(data + ": has no dev split. Looked for dev.tsv, dev.jsonl");
  }

  @Test
  void a_short_row_is_told_with_file_and_line() throws IOException {
    Path file = data.resolve("train.tsv");
    Files.writeString(file, "sentence\tlabel\na warm film\t1\na dull film\nmess\t0\n");
    assertThat(refusedTraining()).isEqualTo(file + ":3: has 1 column, but the task needs 2");
  }

  @Test
  void a_label_that_the_task_does_not_have_is_told_with_file_and_line() throws IOException {
    Path file = data.resolve("dev.tsv");
    Files.writeString(file, "sentence\tlabel\na warm film\t1\n\na dull film\t2\n");
    assertThat(refusedTraining()).isEqualTo(file + ":4: label '2' is not one of the task's: 0, 1");
  }

  @ParameterizedTest
  @CsvSource({
    "'', ': is empty. It needs a header line and rows'",
    "'sentence\tlabel\n', ': has no rows'",
    "'text\tlabel\na\t1\n', ':1: has no column ''sentence''. Its columns: text, label'"
  })
  void a_file_without_rows_is_told(String content, String told) throws IOException {
    Path file = Files.writeString(data.resolve("train.tsv"), content);
    assertThat(refusedTraining()).isEqualTo(file + told);
  }

  @Test
  void eval_and_merge_refuse_bad_rows_too() throws IOException {
    Path file = data.resolve("dev.tsv");
    Files.writeString(file, "sentence\tlabel\na warm film\tgood\n");
    String told = file + ":2: label 'good' is not one of the task's: 0, 1";
    assertThat(refusal(folder, 3, "eval", trained, "--data", data)).isEqualTo(told);
    assertThat(refusal(folder, 3, "merge", trained, "--data", data, "-o", output)).isEqualTo(told);
  }

  @Test
  void a_missing_file_of_texts_is_told() {
    Path nowhere = folder.resolve("nowhere.txt");
    assertThat(refusal(folder, 3, "predict", trained, "--input", nowhere))
        .startsWith(nowhere + ": no such file");
  }

  // ---- Checkpoints -----------------------------------------------------------------------------

  @Test
  void a_model_that_is_nowhere_is_told_with_the_places_searched() {
    assertThat(refusal(folder, 3, "train", "--data", data, "--model", "no/such", "-o", output))
        .startsWith("model: 'no/such' is not a directory here, nor at ")
        .contains(", nor in the Hugging Face cache (")
        .endsWith(
            "Get it with 'tlora get no/such', give a directory with config.json, weights and a"
                + " tokenizer, or leave --model out for the bundled encoder");
  }

  @Test
  void a_config_json_that_is_no_json_is_told() throws IOException {
    Path file = Files.writeString(model.resolve("config.json"), "{\"model_type\": ");
    assertThat(refusedTraining()).isEqualTo(file + ": not JSON");
    assertThat(refusal(folder, 3, "params", "--model", model)).isEqualTo(file + ": not JSON");
  }

  @Test
  void a_missing_config_json_is_told() throws IOException {
    Path file = model.resolve("config.json");
    Files.delete(file);
    assertThat(refusedTraining()).isEqualTo(file + ": no such file, or it cannot be read");
  }

  @Test
  void an_unknown_model_type_is_told_with_the_known_ones() throws IOException {
    changeConfig(model.resolve("config.json"), json -> json.put("model_type", "gpt2"));
    assertThat(refusedTraining())
        .isEqualTo(
            model
                + ": config.json: model_type \"gpt2\" is not an encoder that tlora knows."
                + " Known: bert, roberta, xlm-roberta, electra, deberta, deberta-v2");
  }

  @Test
  void a_key_of_config_json_that_is_needed_is_told() throws IOException {
    Path file = model.resolve("config.json");
    changeConfig(file, json -> json.remove("hidden_size"));
    assertThat(refusedTraining())
        .isEqualTo(
            model
                + ": config.json: hidden_size must be a whole number of at least 1,"
                + " but it is not there");
    changeConfig(file, json -> json.put("hidden_size", "wide"));
    assertThat(refusedTraining()).contains("hidden_size must be a whole number", "\"wide\"");
  }

  @Test
  void a_directory_without_weights_is_told() throws IOException {
    Files.delete(model.resolve("model.safetensors"));
    assertThat(refusal(folder, 3, training())).startsWith(model + ": has no model.safetensors");
    assertThat(refusal(folder, 3, "eval", trained, "--model", model))
        .startsWith(model + ": has no model.safetensors");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 100, 6000})
  void weights_that_were_cut_off_are_told(int bytes) throws IOException {
    Path file = model.resolve("model.safetensors");
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), bytes));
    assertThat(refusal(folder, 3, training()))
        .startsWith(file + ": not a usable safetensors file: ")
        .endsWith(". Fetch or write it again");
    assertThat(refusal(folder, 3, "eval", trained, "--model", model))
        .startsWith(file + ": not a usable safetensors file: ");
  }

  @Test
  void weights_of_another_shape_are_told() throws IOException {
    changeConfig(model.resolve("config.json"), json -> json.put("num_hidden_layers", 3));
    assertThat(refusal(folder, 3, training()))
        .startsWith(
            model.resolve("model.safetensors")
                + ": does not fit its config.json: bert.encoder.layer.2.")
        .contains(" is missing; ");
  }

  @Test
  void a_tokenizer_that_is_none_is_told() throws IOException {
    Path file = model.resolve("tokenizer.json");
    Files.writeString(file, "{}");
    assertThat(refusal(folder, 3, training())).contains("is not a tokenizer: ");
    Files.delete(file);
    assertThat(refusal(folder, 3, training()))
        .startsWith(model + ": has no tokenizer: neither tokenizer.json nor ")
        .contains(" from where the checkpoint came from");
  }

  // ---- Adapters --------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"eval", "predict", "merge"})
  void a_directory_that_is_no_run_is_told(String command) {
    assertThat(refusedLoading(command, data))
        .isEqualTo(
            data
                + ": is neither a run directory nor an adapter's: there is no"
                + " adapter_config.json in it or in its adapter/");
  }

  private String refusedLoading(String command, Path run, Object... more) {
    Stream<Object> own =
        switch (command) {
          case "merge" -> Stream.of("merge", run, "--data", data, "-o", output);
          case "predict" -> Stream.of("predict", run, "--text", "a warm film");
          default -> Stream.of("eval", run, "--data", data);
        };
    return refusal(folder, 3, Stream.concat(own, Stream.of(more)).toArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"eval", "predict", "merge"})
  void an_adapter_for_another_model_is_refused(String command) throws IOException {
    Path other = TinyEncoder.write(folder.resolve("other"), 2);
    assertThat(refusedLoading(command, trained, "--model", other))
        .startsWith(
            trained.resolve("adapter")
                + ": the adapter belongs to another model: it was trained on "
                + encoder
                + " with weights ")
        .endsWith(". Give its own model with --model, or load it all the same with --force");
  }

  @Test
  void an_adapter_for_a_model_of_another_size_is_refused() {
    assertThat(refusedLoading("eval", trained, "--model", "bundled"))
        .contains(": the adapter belongs to another model: ");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 500})
  void an_adapter_that_was_cut_off_is_told(int bytes) throws IOException {
    Path file = adapter.resolve("adapter_model.safetensors");
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), bytes));
    assertThat(refusedLoading("eval", adapter))
        .startsWith(file + ": not a usable safetensors file: ");
  }

  @Test
  void an_adapter_without_weights_is_told() throws IOException {
    Path file = adapter.resolve("adapter_model.safetensors");
    Files.delete(file);
    assertThat(refusedLoading("eval", adapter)).isEqualTo(file + ": no such file");
  }

  @Test
  void an_adapter_config_that_is_no_json_is_told() throws IOException {
    Path file = Files.writeString(adapter.resolve("adapter_config.json"), "rank: 8");
    assertThat(refusedLoading("eval", adapter)).isEqualTo(file + ": not JSON");
  }

  @ParameterizedTest
  @CsvSource({
    "base_model, has no base_model.model",
    "task, has no task",
    "head, has no head.kind",
    "format_version, format_version  is not one that this version reads: 1 to 1"
  })
  void an_adapter_config_without_a_key_is_told(String key, String told) throws IOException {
    Path file = adapter.resolve("adapter_config.json");
    changeConfig(file, json -> json.remove(key));
    assertThat(refusedLoading("eval", adapter)).isEqualTo(file + ": " + told);
  }

  @Test
  void an_adapter_of_a_later_format_is_refused() throws IOException {
    Path file = adapter.resolve("adapter_config.json");
    changeConfig(file, json -> json.put("format_version", 2));
    assertThat(refusedLoading("eval", adapter))
        .isEqualTo(file + ": format_version 2 is not one that this version reads: 1 to 1");
  }

  @Test
  void an_adapter_of_an_unknown_method_is_refused() throws IOException {
    Path file = adapter.resolve("adapter_config.json");
    changeConfig(file, json -> json.put("method", "qlora"));
    assertThat(refusedLoading("eval", adapter))
        .startsWith(file + ": method 'qlora' is not known. Known methods: ");
  }

  @Test
  void an_adapter_of_another_rank_than_its_weights_is_refused() throws IOException {
    changeConfig(adapter.resolve("adapter_config.json"), json -> json.put("rank", 4));
    assertThat(refusedLoading("eval", adapter))
        .startsWith(adapter.resolve("adapter_model.safetensors") + ": is not an adapter for ")
        .contains(" has shape [8, 8], not [4, 4]");
  }

  @Test
  void an_adapter_whose_seed_was_changed_is_refused() throws IOException {
    Path file = adapter.resolve("adapter_config.json");
    changeConfig(file, json -> ((ObjectNode) json.get("fixed")).put("seed", 1));
    assertThat(refusedLoading("eval", adapter))
        .startsWith(file + ": ")
        .contains(" does not come out as it was in training: SHA-256 ")
        .endsWith(". The file was changed, or its seed");
  }

  // ---- Output ----------------------------------------------------------------------------------

  @Test
  void an_output_that_cannot_be_made_is_refused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "mine");
    Path below = file.resolve("runs").resolve("output");
    assertThat(refusal(folder, 3, "train", "--model", model, "--data", data, "-o", below))
        .isEqualTo(below + ": the directory cannot be made");
    assertThat(refusal(folder, 3, "merge", trained, "-o", below))
        .isEqualTo(below + ": cannot be written");
    assertThat(refusal(folder, 3, "export", "-o", below)).isEqualTo(below + ": cannot be written");
  }

  @Test
  void a_merge_over_tolerance_leaves_nothing() {
    assertThat(refusal(folder, 1, "merge", trained, "-o", output, "--tolerance", "0"))
        .matches(
            "merge: merged and unmerged logits differ by \\S+ on the dev rows and 0 of \\d+ labels"
                + " change, more than the tolerance \\S+\\. Nothing was written\\. Accept it with --tolerance");
  }
}
