package io.github.tlora.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.doctor.Check.Status;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.run.Environment;
import io.github.tlora.tensor.SafetensorsReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code tlora doctor} says of whole and of damaged checkpoints. */
class DoctorRunTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String QUERY = "bert.encoder.layer.1.attention.self.query.weight";

  @TempDir private Path directory;
  private Environment places;
  private Path model;

  @BeforeEach
  void write_a_whole_checkpoint() {
    places = new Environment(directory.resolve("home"), directory.resolve("hub"), "cpu", null);
    model = TinyEncoder.of(Family.BERT).write(directory.resolve("model"));
  }

  private DoctorRun.Report report() {
    return DoctorRun.examine(model.toString(), null, places);
  }

  private static Check check(DoctorRun.Report report, String id) {
    return report.checks().stream().filter(c -> c.id().equals(id)).findFirst().orElseThrow();
  }

  private static void assertFaulty(DoctorRun.Report report, String... ids) {
    assertThat(report.faulty()).containsExactly(ids);
    assertThat(report.usable()).isFalse();
    assertThat(check(report, "verdict").found()).startsWith("can be trained: no");
    assertThat(check(report, "verdict").fix()).isEqualTo("Mend " + String.join(", ", ids));
  }

  /** Changes names and shapes of the stored tensors; their values become zeros. */
  private void tensors(Consumer<Map<String, long[]>> change) throws IOException {
    Path file = model.resolve("model.safetensors");
    Map<String, long[]> shapes = new TreeMap<>();
    try (SafetensorsReader reader = new SafetensorsReader(file)) {
      reader.names().forEach(name -> shapes.put(name, reader.shape(name)));
    }
    change.accept(shapes);
    ObjectNode header = JSON.createObjectNode();
    int end = 0;
    for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
      boolean whole = tensor.getKey().endsWith("_ids");
      ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", whole ? "I64" : "F32");
      entry.putPOJO("shape", tensor.getValue());
      long elements = Arrays.stream(tensor.getValue()).reduce(1, (a, b) -> a * b);
      int bytes = (whole ? 8 : 4) * (int) elements;
      entry.putArray("data_offsets").add(end).add(end += bytes);
    }
    byte[] json = JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
    ByteBuffer content = ByteBuffer.allocate(8 + json.length + end).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, content.putLong(json.length).put(json).array());
  }

  private void config(Consumer<ObjectNode> change) throws IOException {
    Path file = model.resolve("config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    change.accept(config);
    Files.writeString(file, config.toString());
  }

  @Test
  void without_a_model_the_machine_is_shown() throws IOException {
    Files.createDirectories(directory.resolve("home/models/own"));
    Files.copy(
        model.resolve("config.json"), directory.resolve("home/models/own").resolve("config.json"));
    Files.createDirectories(directory.resolve("hub/models--a--b/snapshots"));
    Files.createDirectories(directory.resolve("hub/datasets--a--b"));
    DoctorRun.Report report = DoctorRun.examine(null, null, places);
    assertThat(report.checks())
        .extracting(Check::id)
        .containsExactly("java", "engine", "gpu", "memory", "home", "cache");
    assertThat(report.usable()).isTrue();
    assertThat(check(report, "java").found()).startsWith(System.getProperty("java.version"));
    assertThat(check(report, "engine").found()).matches("PyTorch 2\\..* threads, .* CUDA devices");
    assertThat(check(report, "home").found()).endsWith("models: 1 models");
    assertThat(check(report, "cache").found()).endsWith("hub: 1 models");
    assertThat(report.weights()).isNull();
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void a_whole_checkpoint_of_every_family_can_be_trained(Family family) {
    model = TinyEncoder.of(family).write(directory.resolve("whole"));
    DoctorRun.Report report = report();
    assertThat(report.checks()).allSatisfy(c -> assertThat(c.status()).isEqualTo(Status.OK));
    assertThat(report.checks())
        .extracting(Check::id)
        .endsWith("model", "config", "weights", "encoder", "head", "tokenizer", "verdict");
    assertThat(check(report, "config").found())
        .startsWith(family.modelType() + ": 2 layers, 16 wide, 2 heads, vocabulary 32");
    assertThat(report.weights().encoder().found())
        .isEqualTo(report.weights().encoder().needed())
        .isEqualTo(report.weights().tensors());
    assertThat(report.weights().bytes()).isEqualTo(4 * report.parameters().encoder());
    assertThat(report.parameters().bytesF32())
        .isEqualTo(4 * (report.parameters().encoder() + report.parameters().head()));
    assertThat(report.parameters().bytesHalf()).isLessThan(report.parameters().bytesF32());
  }

  @Test
  void weights_that_are_not_there_are_told_with_the_rest_of_the_checkpoint() throws IOException {
    Files.delete(model.resolve("model.safetensors"));
    DoctorRun.Report report = report();
    assertFaulty(report, "weights");
    assertThat(check(report, "weights").found()).contains("has no model.safetensors");
    assertThat(check(report, "weights").fix()).isEqualTo("Fetch the model's weights too");
    assertThat(check(report, "tokenizer").status()).isEqualTo(Status.OK);
    assertThat(report.parameters().encoder()).isPositive();
  }

  @Test
  void every_missing_and_misshapen_tensor_is_listed() throws IOException {
    tensors(
        shapes -> {
          shapes.remove(QUERY);
          shapes.put("bert.embeddings.LayerNorm.bias", new long[] {8});
        });
    DoctorRun.Report report = report();
    assertFaulty(report, "encoder");
    assertThat(report.weights().encoder().missing()).containsExactly(QUERY);
    assertThat(report.weights().encoder().unfit())
        .containsExactly("bert.embeddings.LayerNorm.bias has shape [8], not [16]");
    assertThat(check(report, "encoder").found())
        .startsWith("37 of 39 tensors: " + QUERY + " is missing; bert.embeddings.LayerNorm.bias");
  }

  @Test
  void what_is_not_read_is_listed_by_what_it_was_for() throws IOException {
    tensors(
        shapes -> {
          shapes.put("cls.predictions.bias", new long[] {32});
          shapes.put("cls.predictions.transform.dense.weight", new long[] {16, 16});
          shapes.put("cls.seq_relationship.weight", new long[] {2, 16});
          shapes.put("bert.embeddings.position_ids", new long[] {1, 40});
          shapes.put("something.else", new long[] {3});
        });
    DoctorRun.Report report = report();
    assertThat(report.usable()).isTrue();
    assertThat(report.weights().ignored())
        .containsOnly(
            Map.entry("counters", List.of("bert.embeddings.position_ids")),
            Map.entry(
                "masked language model head",
                List.of("cls.predictions.bias", "cls.predictions.transform.dense.weight")),
            Map.entry("next sentence head", List.of("cls.seq_relationship.weight")),
            Map.entry("other", List.of("something.else")));
    assertThat(report.weights().dtypes()).isEqualTo(Map.of("F32", 43, "I64", 1));
    assertThat(check(report, "weights").found()).contains("44 tensors (43 F32, 1 I64), ");
    assertThat(check(report, "encoder").found())
        .isEqualTo(
            "39 of 39 tensors, named with 'bert.'; ignored: 1 counters, 2 masked language model"
                + " head, 1 next sentence head, 1 other");
  }

  @Test
  void a_type_that_weights_do_not_have_is_told() throws IOException {
    model = TinyEncoder.of(Family.BERT).write(directory.resolve("whole"));
    Path file = model.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int at = text.indexOf("\"F32\"", text.indexOf(QUERY)) + 1;
    bytes[at] = 'I';
    Files.write(file, bytes);
    DoctorRun.Report report = report();
    assertFaulty(report, "encoder");
    assertThat(report.weights().encoder().unfit())
        .containsExactly(QUERY + " is I32, not F32, F16 or BF16");
  }

  @Test
  void old_names_and_names_without_the_prefix_are_told() throws IOException {
    tensors(
        shapes -> {
          Map<String, long[]> old = new TreeMap<>();
          shapes.forEach(
              (name, shape) ->
                  old.put(
                      name.replace("bert.", "").replace("LayerNorm.weight", "LayerNorm.gamma"),
                      shape));
          shapes.clear();
          shapes.putAll(old);
        });
    DoctorRun.Report report = report();
    assertThat(report.usable()).isTrue();
    assertThat(check(report, "encoder").found())
        .isEqualTo("39 of 39 tensors, named without 'bert.', 5 by the old names gamma and beta");
  }

  @Test
  void a_bin_file_alone_is_read_and_beside_safetensors_it_is_not() throws IOException {
    Path golden = Path.of("src/test/resources/golden/encoders/deberta-v1/model");
    Path bin = model.resolve("pytorch_model.bin");
    Files.copy(golden.resolve("pytorch_model.bin"), bin);
    assertThat(report().weights().unread()).containsExactly("pytorch_model.bin");
    Files.delete(model.resolve("model.safetensors"));
    Files.delete(model.resolve("config.json"));
    Files.copy(golden.resolve("config.json"), model.resolve("config.json"));
    DoctorRun.Report report = report();
    assertThat(check(report, "weights").found()).startsWith("pytorch_model.bin: ");
    assertThat(check(report, "encoder").status()).isEqualTo(Status.OK);
    assertThat(report.weights().dtypes()).containsKey("F32");
    assertThat(report.weights().unread()).isEmpty();
  }

  @Test
  void weights_of_another_family_are_told_by_their_names() throws IOException {
    config(config -> config.put("model_type", "roberta"));
    tensors(
        shapes -> {
          Map<String, long[]> other = new TreeMap<>();
          shapes.forEach((name, shape) -> other.put("student." + name, shape));
          shapes.clear();
          shapes.putAll(other);
        });
    assertThat(check(report(), "encoder").found())
        .isEqualTo("0 of 37 tensors; names begin with 'student', not 'roberta'");
  }

  @Test
  void weights_in_several_files_are_counted_together() throws IOException {
    Path one = model.resolve("model-00001-of-00001.safetensors");
    Files.move(model.resolve("model.safetensors"), one);
    ObjectNode index = JSON.createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    try (SafetensorsReader reader = new SafetensorsReader(one)) {
      reader.names().forEach(name -> map.put(name, one.getFileName().toString()));
    }
    Files.writeString(model.resolve("model.safetensors.index.json"), index.toString());
    DoctorRun.Report report = report();
    assertThat(report.usable()).isTrue();
    assertThat(check(report, "weights").found())
        .startsWith("model.safetensors.index.json: 39 tensors (39 F32), ");
  }

  @Test
  void a_missing_tokenizer_is_told() throws IOException {
    Files.delete(model.resolve("tokenizer.json"));
    DoctorRun.Report report = report();
    assertFaulty(report, "tokenizer");
    assertThat(check(report, "tokenizer").found()).contains("has no tokenizer");
  }

  @Test
  void a_tokenizer_with_more_ids_than_the_encoder_is_doubted_and_refused_where_they_are_met()
      throws IOException {
    config(config -> config.put("vocab_size", 22));
    tensors(shapes -> shapes.put("bert.embeddings.word_embeddings.weight", new long[] {22, 16}));
    DoctorRun.Report report = report();
    assertThat(check(report, "tokenizer").status()).isEqualTo(Status.WARNING);
    assertThat(check(report, "tokenizer").found())
        .startsWith("tokenizer.json: 23 ids, the encoder's vocabulary has 22; ")
        .endsWith("; 1 ids are beyond the encoder's vocabulary");
    config(config -> config.put("vocab_size", 5));
    assertThat(report().faulty()).contains("tokenizer");
  }

  @Test
  void ids_that_differ_from_those_of_config_json_are_told() throws IOException {
    config(config -> config.put("pad_token_id", 3).put("bos_token_id", 2).put("eos_token_id", 9));
    Check check = check(report(), "tokenizer");
    assertThat(check.status()).isEqualTo(Status.WARNING);
    assertThat(check.found())
        .endsWith(
            "; padding has the id 0, pad_token_id of config.json is 3"
                + "; the last token has the id 3, sep or eos_token_id of config.json is 9");
  }

  @Test
  void an_own_head_is_compared_with_the_task_by_names() throws IOException {
    tensors(
        shapes -> {
          shapes.put("classifier.weight", new long[] {2, 16});
          shapes.put("classifier.bias", new long[] {2});
        });
    config(config -> config.putObject("id2label").put("0", "POSITIVE").put("1", "NEGATIVE"));
    assertThat(check(report(), "head").found())
        .isEqualTo(
            "the checkpoint has its own, classifier (2 x 16), pooler in the base, of 2 labels:"
                + " POSITIVE, NEGATIVE (head.from: checkpoint)");
    Check same = check(DoctorRun.examine(model.toString(), "sst2", places), "head");
    assertThat(same.status()).isEqualTo(Status.OK);
    assertThat(same.found()).endsWith("; sst2's labels by name, its rows [1, 0]");
    Check other = check(DoctorRun.examine(model.toString(), "rte", places), "head");
    assertThat(other.status()).isEqualTo(Status.WARNING);
    assertThat(other.found()).endsWith("; rte has 2 labels: entailment, not_entailment");
    assertThat(other.fix()).contains("head.labels: by-index", "head.from: fresh");
  }

  @Test
  void a_regression_takes_a_head_of_one_logit_and_else_draws_one() throws IOException {
    DoctorRun.Report drawn = DoctorRun.examine(model.toString(), "stsb", places);
    assertThat(check(drawn, "head").found())
        .endsWith(
            "which the checkpoint has not: a new one is drawn; stsb has no labels but a number:"
                + " one logit");
    assertThat(drawn.parameters().head()).isEqualTo(16 + 1);
    assertThat(check(drawn, "verdict").found()).contains(", 17 in a head of one logit; ");
    tensors(
        shapes -> {
          shapes.put("classifier.weight", new long[] {1, 16});
          shapes.put("classifier.bias", new long[] {1});
        });
    config(config -> config.putObject("id2label").put("0", "LABEL_0"));
    Check own = check(DoctorRun.examine(model.toString(), "stsb", places), "head");
    assertThat(own.status()).isEqualTo(Status.OK);
    assertThat(own.found()).endsWith("; stsb takes its one logit");
  }

  @Test
  void a_head_of_three_labels_is_shown_and_counted_by_the_task() throws IOException {
    tensors(
        shapes -> {
          shapes.put("classifier.weight", new long[] {3, 16});
          shapes.put("classifier.bias", new long[] {3});
        });
    assertThat(check(report(), "head").status()).isEqualTo(Status.WARNING); // 2 without id2label
    config(
        config ->
            config
                .putObject("id2label")
                .put("0", "contradiction")
                .put("1", "neutral")
                .put("2", "entailment"));
    assertThat(report().parameters().head()).isEqualTo(3 * 16 + 3);
    DoctorRun.Report report = DoctorRun.examine(model.toString(), "rte", places);
    assertThat(check(report, "head").status()).isEqualTo(Status.WARNING);
    assertThat(report.usable()).isTrue();
    assertThat(report.parameters().head()).isEqualTo(2 * 16 + 2);
    assertThat(report.weights().ignored()).isEmpty();
  }

  @Test
  void a_checkpoint_without_a_pooler_gets_a_new_one() throws IOException {
    tensors(shapes -> shapes.keySet().removeIf(name -> name.contains("pooler")));
    assertThat(check(report(), "head").found())
        .isEqualTo(
            "needs bert.pooler.dense (16 x 16), classifier (2 x 16), which the checkpoint has not:"
                + " a new one is drawn");
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "model.safetensors", "tokenizer.json"})
  void a_damaged_file_is_one_finding_and_the_others_are_still_checked(String name)
      throws IOException {
    Files.writeString(model.resolve(name), "{\"broken\": ");
    DoctorRun.Report report = report();
    assertThat(report.faulty()).hasSize(1);
    assertThat(check(report, "verdict").status()).isEqualTo(Status.MISSING);
    assertThat(report.checks())
        .allSatisfy(c -> assertThat(c.found() + c.fix()).doesNotContain("\n", "Exception"));
    assertThat(report.checks())
        .filteredOn(c -> c.status() != Status.OK)
        .allSatisfy(c -> assertThat(c.fix()).isNotBlank());
  }

  @Test
  void a_known_model_that_is_not_here_is_told_with_its_shape() {
    DoctorRun.Report report = DoctorRun.examine("roberta-large", null, places);
    assertFaulty(report, "model");
    assertThat(check(report, "model").found()).contains("nor in the Hugging Face cache");
    assertThat(check(report, "model").fix()).contains("tlora get FacebookAI/roberta-large");
    assertThat(check(report, "config").found()).startsWith("roberta: 24 layers, 1024 wide");
    assertThat(report.parameters().encoder()).isEqualTo(354_310_144);
  }

  @Test
  void an_unknown_model_is_told_with_the_places_searched() {
    DoctorRun.Report report = DoctorRun.examine("no/such-model", null, places);
    assertFaulty(report, "model");
    assertThat(check(report, "model").found())
        .contains(directory.resolve("home").toString(), directory.resolve("hub").toString());
  }

  @Test
  void where_a_model_was_found_is_told() throws IOException {
    assertThat(check(report(), "model").found()).isEqualTo(model + ", a directory");
    Path own = directory.resolve("home/models/tiny");
    TinyEncoder.of(Family.BERT).write(own);
    assertThat(check(DoctorRun.examine("tiny", null, places), "model").found())
        .isEqualTo(own + ", in $TLORA_HOME");
    Path snapshot = directory.resolve("hub/models--org--cached/snapshots/0123");
    TinyEncoder.of(Family.BERT).write(snapshot);
    assertThat(check(DoctorRun.examine("org/cached", null, places), "model").found())
        .isEqualTo(snapshot + ", in the Hugging Face cache");
  }

  @Test
  void the_bundled_encoder_can_be_trained() {
    DoctorRun.Report report = DoctorRun.examine("bundled", "sst2", places);
    assertThat(report.faulty()).isEmpty();
    assertThat(report.weights().encoder().missing()).isEmpty();
    assertThat(check(report, "tokenizer").found()).startsWith("bundled: 30,522 ids");
    assertThat(report.parameters().head()).isEqualTo(770);
  }

  @Test
  void an_unknown_task_is_refused() {
    assertThatThrownBy(() -> DoctorRun.examine("bundled", "sst3", places))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE));
  }
}
