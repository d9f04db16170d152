package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.data.Task;
import io.github.tlora.hub.Fetched;
import io.github.tlora.hub.GlueFiles;
import io.github.tlora.hub.Progress;
import io.github.tlora.hub.Sources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names and what they lead to; the fetching itself is tested in {@code hub}. */
class GetRunTest {
  private static final Sources OFFLINE = Sources.of(Map.of("HF_HUB_OFFLINE", "1"));

  private static final Progress SILENT =
      new Progress() {
        @Override
        public void fetched(State state) {}

        @Override
        public void note(String line) {}
      };

  @TempDir private Path folder;
  private Environment environment;

  @BeforeEach
  void places() {
    environment = new Environment(folder.resolve("home"), folder.resolve("hub"), "cpu", null);
  }

  private List<Fetched> get(String... names) {
    return GetRun.get(List.of(names), OFFLINE, 2, environment, SILENT);
  }

  private Path snapshot(String folderName, String commit) throws IOException {
    Path repository = environment.hub().resolve(folderName);
    Path snapshot = Files.createDirectories(repository.resolve("snapshots").resolve(commit));
    Files.writeString(snapshot.resolve("config.json"), "{}");
    Files.writeString(snapshot.resolve("model.safetensors"), "x");
    Files.writeString(Files.createDirectories(repository.resolve("refs")).resolve("main"), commit);
    return snapshot;
  }

  @Test
  void every_task_has_files_to_fetch() {
    assertThat(Task.names())
        .allSatisfy(name -> assertThat(GlueFiles.named(name)).map(GlueFiles::key).contains(name));
  }

  @ParameterizedTest
  @CsvSource({
    "SST-2,task sst2",
    "mnli,task mnli",
    "diagnostic,task ax",
    "roberta-large,model 'FacebookAI/roberta-large'",
    "a/b@v1,model 'a/b'"
  })
  void a_name_is_a_task_a_known_model_or_an_id(String name, String told) {
    assertThatThrownBy(() -> get(name))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith(told + ": ")
        .hasMessageContaining("HF_HUB_OFFLINE");
  }

  @ParameterizedTest
  @CsvSource({"sst3,sst2", "mrpcc,mrpc", "robreta-large,roberta-large"})
  void a_name_near_a_known_one_is_asked_about(String name, String meant) {
    assertThatThrownBy(() -> get(name))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessageContaining("(did you mean '" + meant + "'?)");
  }

  @Test
  void the_bundled_encoder_needs_no_fetching() {
    assertThatThrownBy(() -> get("bundled"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("comes with the tool");
  }

  @Test
  void what_is_fetched_is_found_by_the_same_name() throws IOException {
    Path snapshot = snapshot("models--FacebookAI--roberta-large", "c0ffee");
    Fetched fetched = get("roberta-large").get(0);
    assertThat(fetched.path()).isEqualTo(snapshot.toString());
    assertThat(fetched.wasThere()).isTrue();
    assertThat(environment.models().find("roberta-large").revision()).contains("c0ffee");
  }

  @Test
  void the_list_has_tasks_models_and_what_is_unfinished() throws IOException {
    Path sst2 = Files.createDirectories(environment.home().resolve("data/sst2"));
    Files.writeString(sst2.resolve("train.tsv"), "12345");
    Path own = Files.createDirectories(environment.home().resolve("models/org/mine"));
    Files.writeString(own.resolve("config.json"), "{}");
    snapshot("models--a--b", "c0ffee");
    Path blobs = Files.createDirectories(environment.hub().resolve("models--a--b/blobs"));
    Files.writeString(blobs.resolve("aa"), "1234");
    Files.writeString(blobs.resolve("bb.incomplete"), "123");
    assertThat(GetRun.list(environment).entries())
        .containsExactly(
            new GetRun.Entry("task", "sst2", sst2.toString(), 5, 0, null),
            new GetRun.Entry("model", "org/mine", own.toString(), 2, 0, null),
            new GetRun.Entry(
                "model",
                "a/b",
                environment.hub().resolve("models--a--b").toString(),
                4,
                3,
                Map.of("c0ffee", List.of("main"))));
  }

  @Test
  void a_fresh_machine_has_nothing() {
    assertThat(GetRun.list(environment).entries()).isEmpty();
  }
}
