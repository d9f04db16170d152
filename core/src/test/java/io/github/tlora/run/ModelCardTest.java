package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.github.tlora.adapter.TLora;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.data.Glue;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.metric.Metric;
import io.github.tlora.model.BundledModel;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.tensor.Dtype;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cards of adapters and of merged checkpoints: the hub's keys, and nothing of this machine. */
class ModelCardTest {
  @TempDir private Path directory;
  private TinyRuns tiny;
  private Path model;

  @BeforeEach
  void write_data() {
    tiny = new TinyRuns(directory);
    tiny.writeData(20);
    model = TinyEncoder.of(Family.BERT).write(directory.resolve("model"));
  }

  private static JsonNode header(String card) throws IOException {
    assertThat(card).startsWith("---\n");
    return new YAMLMapper().readTree(card.substring(4, card.indexOf("\n---\n")));
  }

  private Path train(String name, String task, String... settings) {
    return tiny.train(name, tiny.layers(task, model, settings));
  }

  @Test
  void a_run_s_adapter_has_a_card_by_the_hub_s_keys() throws IOException {
    Files.writeString(model.resolve("README.md"), "---\nlicense: mit\n---\n# Base\n");
    Path run = train("run", "sst2", "adapter.method", "lora", "adapter.rank", "4");
    String card = Files.readString(run.resolve("adapter/README.md"));
    JsonNode header = header(card);
    assertThat(header.path("license").asText()).isEqualTo("mit");
    assertThat(header.has("base_model")).isFalse();
    assertThat(card).contains("# base_model: was loaded from a directory");
    assertThat(header.at("/datasets/0").asText()).isEqualTo("nyu-mll/glue");
    assertThat(header.at("/language/0").asText()).isEqualTo("en");
    assertThat(header.path("library_name").asText()).isEqualTo("peft");
    assertThat(header.path("pipeline_tag").asText()).isEqualTo("text-classification");
    assertThat(header.path("tags").toString()).isEqualTo("[\"tlora\",\"lora\",\"peft\",\"glue\"]");
    assertThat(header.path("metrics").toString()).isEqualTo("[\"accuracy\"]");
    JsonNode result = header.at("/model-index/0/results/0");
    assertThat(header.at("/model-index/0/name").asText()).isEqualTo("sst2-model-lora-r4-s0");
    assertThat(result.at("/task/type").asText()).isEqualTo("text-classification");
    assertThat(result.at("/dataset/type").asText()).isEqualTo("nyu-mll/glue");
    assertThat(result.at("/dataset/name").asText()).isEqualTo("GLUE SST-2");
    assertThat(result.at("/dataset/config").asText()).isEqualTo("sst2");
    assertThat(result.at("/dataset/split").asText()).isEqualTo("validation");
    double accuracy =
        Json.read(run.resolve("result.json"), RecordedRun.Outcome.class)
            .best()
            .metrics()
            .get(Metric.ACCURACY);
    assertThat(result.at("/metrics/0/value").asDouble()).isEqualTo(Math.rint(accuracy * 1e4) / 1e4);
    assertThat(card)
        .contains("tlora train --task sst2 --model model --data DATA --method lora --rank 4")
        .contains("--learning-rate 0.02 --epochs 1")
        .contains("model = PeftModel.from_pretrained(model, \"DIRECTORY\").eval()")
        .doesNotContain(directory.toString())
        .doesNotContainPattern("\\d{4}-\\d\\d-\\d\\d");
  }

  @Test
  void a_card_is_the_same_in_every_run_and_no_part_of_the_adapter() throws IOException {
    Path run = train("run", "sst2", "baseline", "false", "threads", "1");
    Path card = run.resolve("adapter/README.md");
    String before = Files.readString(card);
    Files.writeString(card, before + "\nMy own words.\n");
    RepeatRun.Result result =
        new RepeatRun(run, tiny.environment())
            .run(directory.resolve("again"), List.of(), inputs -> {}, event -> {}, () -> false)
            .orElseThrow();
    assertThat(result.identical()).isTrue();
    assertThat(result.inputs()).isEmpty();
    assertThat(directory.resolve("again/adapter/README.md")).hasContent(before.strip());
    assertThat(before).contains("# license: the base's files name none");
  }

  @Test
  void a_regression_and_a_merged_checkpoint_have_cards_too() throws IOException {
    Path run = train("run", "stsb");
    JsonNode header = header(Files.readString(run.resolve("adapter/README.md")));
    assertThat(header.path("metrics").toString()).isEqualTo("[\"pearsonr\",\"spearmanr\"]");
    assertThat(header.path("library_name").asText()).isEqualTo("tlora");
    Path merged = directory.resolve("merged");
    MergeRun.merge(new MergeRun.Request(run, merged, null, null, null, null), tiny.environment());
    String card = Files.readString(merged.resolve("README.md"));
    JsonNode whole = header(card);
    assertThat(whole.path("library_name").asText()).isEqualTo("transformers");
    assertThat(whole.path("tags").toString()).isEqualTo("[\"tlora\",\"glue\"]");
    assertThat(whole.at("/model-index/0/results/0/metrics")).hasSize(2);
    assertThat(card)
        .contains("A regression: its one logit is the number.")
        .contains("AutoModelForSequenceClassification.from_pretrained(DIRECTORY)")
        .contains("tlora merge RUN -o DIRECTORY --dtype f32")
        .doesNotContain(directory.toString());
  }

  @Test
  void mnli_has_a_result_for_each_of_its_splits() throws IOException {
    Map<Metric, Double> scores = new EnumMap<>(Metric.class);
    scores.put(Metric.ACCURACY, 0.81234);
    scores.put(Metric.ACCURACY_MM, 0.8);
    JsonNode header = header(bundled(Glue.MNLI, false, scores).text() + "\n");
    assertThat(header.path("license").asText()).isEqualTo("apache-2.0");
    assertThat(header.path("base_model").asText())
        .isEqualTo("sentence-transformers/all-MiniLM-L6-v2");
    assertThat(header.path("base_model_relation").asText()).isEqualTo("adapter");
    assertThat(header.path("metrics").toString()).isEqualTo("[\"accuracy\"]");
    JsonNode results = header.at("/model-index/0/results");
    assertThat(results).hasSize(2);
    assertThat(results.at("/0/dataset/split").asText()).isEqualTo("validation_matched");
    assertThat(results.at("/0/metrics/0/value").asDouble()).isEqualTo(0.8123);
    assertThat(results.at("/1/dataset/split").asText()).isEqualTo("validation_mismatched");
    assertThat(results.at("/1/metrics/0/value").asDouble()).isEqualTo(0.8);
  }

  @Test
  void scores_of_the_sample_are_not_filed_under_glue() throws IOException {
    JsonNode header = header(bundled(Glue.SST2, true, Map.of(Metric.ACCURACY, 0.78)).text() + "\n");
    assertThat(header.has("datasets")).isFalse();
    JsonNode dataset = header.at("/model-index/0/results/0/dataset");
    assertThat(dataset.path("type").asText()).isEqualTo("tlora-sample");
    assertThat(dataset.path("name").asText()).contains("no GLUE score");
  }

  private static CardHeader bundled(Glue task, boolean isSample, Map<Metric, Double> scores) {
    BundledModel files = new BundledModel();
    AdapterConfig adapter =
        new AdapterConfig(
            TLora.defaults(),
            new AdapterConfig.BaseModel("bundled", files.id(), null, "bert", Dtype.F32, "0"),
            task.key(),
            task.labels(),
            HeadSettings.defaults().orElse(HeadSettings.Kind.LINEAR, HeadSettings.Pooling.MEAN),
            128,
            0);
    return new CardHeader("name", adapter, task, isSample, files, scores, false);
  }
}
