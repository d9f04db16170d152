package io.github.tlora.provenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.oracle.labs.mlrg.olcut.config.json.JsonProvenanceSerialization;
import com.oracle.labs.mlrg.olcut.provenance.ProvenanceUtil;
import io.github.tlora.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tribuo.provenance.ModelProvenance;

/** What a run came from survives its file, and is what Tribuo's own classes read. */
class RunProvenanceTest {
  @TempDir Path folder;

  private static RunProvenance some() {
    return RunProvenance.of(
        Map.of("name", "rows", "train", Map.of("rows", 12, "sha256", "ab".repeat(32))),
        10,
        2,
        Map.of(
            "seed",
            -5L,
            "adapter",
            Map.of("targets", List.of("query", "value"), "alpha", 1e-7),
            "baseline",
            true),
        Map.of(
            "weights", Map.of("sha256", "cd".repeat(32), "name", "a \"model\" ü"), "threads", 2));
  }

  private Path written(String text) throws Exception {
    return Files.writeString(folder.resolve("provenance.json"), text);
  }

  @Test
  void every_value_is_read_back() throws Exception {
    RunProvenance read =
        RunProvenance.read(
            written(some().with(Map.of("adapter/a.b", Map.of("sha256", "ef"))).toJson()));
    assertThat(read.items())
        .containsEntry("data.name", "rows")
        .containsEntry("data.train.rows", "12")
        .containsEntry("data.train.sha256", "ab".repeat(32))
        .containsEntry("config.seed", "-5")
        .containsEntry("config.adapter.targets", "query, value")
        .containsEntry("config.adapter.alpha", "1.0E-7")
        .containsEntry("config.baseline", "true")
        .containsEntry("weights.sha256", "cd".repeat(32))
        .containsEntry("weights.name", "a \"model\" ü")
        .containsEntry("threads", "2")
        .containsEntry("adapter/a.b.sha256", "ef")
        .containsEntry("version.java", System.getProperty("java.version"))
        .containsEntry("os.name", System.getProperty("os.name"))
        .containsEntry("os.arch", System.getProperty("os.arch"))
        .containsKey("version.tribuo")
        .hasSize(15);
  }

  @Test
  void tribuo_reads_it_by_itself() throws Exception {
    Path file = written(some().toJson());
    var read =
        ProvenanceUtil.unmarshalProvenance(
            new JsonProvenanceSerialization(false).deserializeFromFile(file));
    assertThat(read).isInstanceOf(ModelProvenance.class);
    ModelProvenance model = (ModelProvenance) read;
    assertThat(model.getDatasetProvenance().getNumExamples()).isEqualTo(10);
    assertThat(model.getDatasetProvenance().getNumOutputs()).isEqualTo(2);
    assertThat(model.getTrainerProvenance().getConfiguredParameters())
        .containsKeys("seed", "adapter.targets");
    assertThat(ProvenanceUtil.formattedProvenanceString(model)).contains("cd".repeat(32));
  }

  @Test
  void what_has_come_out_leaves_the_rest_as_it_is() {
    RunProvenance before = some();
    Map<String, String> items = before.with(Map.of("outcome", 1)).items();
    assertThat(items).containsEntry("outcome", "1").containsAllEntriesOf(before.items());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[]", "[1]", "no json", "[{\"marshalled-class\": \"x\"}]"})
  void a_damaged_file_is_told(String text) throws Exception {
    Path file = written(text);
    assertThatThrownBy(() -> RunProvenance.read(file))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(file + ": is damaged, or not the provenance of a run");
  }

  @Test
  void a_missing_file_is_told() {
    Path file = folder.resolve("none.json");
    assertThatThrownBy(() -> RunProvenance.read(file))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(file + ": no such file");
  }
}
