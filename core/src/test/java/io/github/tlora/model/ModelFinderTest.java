package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a model's name leads: a directory, the tool's own models, Hugging Face's cache. */
class ModelFinderTest {
  private static final String COMMIT = "e2da8e2f811d1448a5b465c236feacd80ffbac7b";

  @TempDir private Path folder;
  private Path hub;
  private ModelFinder finder;

  @BeforeEach
  void make_a_home_and_a_cache() {
    hub = folder.resolve("hub");
    finder = new ModelFinder(folder.resolve("home"), hub);
  }

  /** A snapshot as huggingface_hub lays it out. */
  private Path snapshot(String repository, String commit) throws IOException {
    Path path =
        hub.resolve("models--" + repository.replace("/", "--")).resolve("snapshots/" + commit);
    Files.createDirectories(path);
    Files.writeString(path.resolve("config.json"), "{}");
    return path;
  }

  private void ref(String repository, String name, String commit) throws IOException {
    Path refs = hub.resolve("models--" + repository.replace("/", "--")).resolve("refs");
    Files.createDirectories(refs);
    Files.writeString(refs.resolve(name), commit);
  }

  private void assertFound(String model, String id, Path path) {
    String commit = path.startsWith(hub) ? path.getFileName().toString() : null;
    ModelFiles found = finder.find(model);
    assertThat(found).isEqualTo(new ModelFiles.Directory(path, id, commit));
    assertThat(found.revision()).isEqualTo(Optional.ofNullable(commit));
  }

  @Test
  void a_directory_comes_first_and_is_called_as_it_was_given() throws IOException {
    Path given = Files.createDirectories(folder.resolve("my-model"));

    assertFound(given.toString(), given.toString(), given);
  }

  @Test
  void then_come_the_tool_s_own_models_then_the_cache() throws IOException {
    Path cached = snapshot("FacebookAI/roberta-base", COMMIT);
    ref("FacebookAI/roberta-base", "main", COMMIT);
    assertFound("FacebookAI/roberta-base", "FacebookAI/roberta-base", cached);

    Path own = Files.createDirectories(folder.resolve("home/models/FacebookAI/roberta-base"));
    assertFound("FacebookAI/roberta-base", own.toString(), own);
  }

  @Test
  void a_bare_name_means_its_own_organisation_or_the_only_one() throws IOException {
    Path known = snapshot("FacebookAI/roberta-base", COMMIT);
    snapshot("someone/roberta-base", COMMIT);
    assertFound("roberta-base", "FacebookAI/roberta-base", known);

    Path only = snapshot("someone/my-encoder", COMMIT);
    assertFound("my-encoder", "someone/my-encoder", only);

    Path old = snapshot("roberta-base", COMMIT); // as the hub named it before organisations
    assertFound("roberta-base", "roberta-base", old);
  }

  @Test
  void a_bare_name_of_several_is_refused_with_all_of_them() throws IOException {
    snapshot("a/my-encoder", COMMIT);
    snapshot("b/my-encoder", COMMIT);

    assertThatThrownBy(() -> finder.find("my-encoder"))
        .isInstanceOf(UserError.class)
        .hasMessage(
            "model: 'my-encoder' may be any of a/my-encoder, b/my-encoder in the Hugging Face"
                + " cache. Name its organisation too");
  }

  @Test
  void the_revision_is_main_or_the_named_one_or_the_newest() throws IOException {
    Path first = snapshot("a/m", "1111111");
    Path second = snapshot("a/m", "2222222");
    Files.setLastModifiedTime(first, FileTime.fromMillis(2_000_000));
    Files.setLastModifiedTime(second, FileTime.fromMillis(1_000_000));
    assertFound("a/m", "a/m", first);

    ref("a/m", "main", "2222222\n");
    ref("a/m", "v1", "1111111");
    assertFound("a/m", "a/m", second);
    assertFound("a/m@v1", "a/m", first);
    assertFound("a/m@1111111", "a/m", first);
    assertFound("a/m@111", "a/m", first);
    assertThatThrownBy(() -> finder.find("a/m@v2"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("'tlora get a/m@v2'");
  }

  @Test
  void what_is_nowhere_is_told_with_the_places_and_the_way_to_get_it() {
    assertThatThrownBy(() -> finder.find("roberta-large"))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(
            "model: 'roberta-large' is not a directory here, nor at "
                + folder.resolve("home/models/roberta-large")
                + ", nor in the Hugging Face cache ("
                + hub.resolve("models--FacebookAI--roberta-large")
                + "). Get it with 'tlora get FacebookAI/roberta-large', give a directory with"
                + " config.json, weights and a tokenizer, or leave --model out for the bundled"
                + " encoder");
    assertThatThrownBy(() -> finder.find("roberta-larg"))
        .hasMessageContaining("(did you mean 'roberta-large'?)");
  }

  @Test
  void a_path_is_not_looked_for_in_the_cache() {
    assertThatThrownBy(() -> finder.find("./models/mine"))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("model: './models/mine' is not a directory here, nor at ")
        .hasMessageContaining(". Give a directory with config.json")
        .hasMessageNotContaining("cache (");
  }

  @Test
  void a_known_model_that_is_not_here_has_its_shape() throws IOException {
    ModelFiles shape = finder.findShape("microsoft/deberta-v2-xxlarge");
    assertThat(shape.isComplete()).isFalse();
    assertThat(shape.id()).isEqualTo("microsoft/deberta-v2-xxlarge");
    assertThat(shape.architecture()).isInstanceOf(DebertaV2.class);
    assertThatThrownBy(shape::openWeights)
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("model: 'microsoft/deberta-v2-xxlarge' is not a directory here");
    assertThatThrownBy(() -> finder.findShape("no/such"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("tlora get no/such");

    snapshot("microsoft/deberta-v2-xxlarge", COMMIT);
    assertThat(finder.findShape("deberta-v2-xxlarge").isComplete()).isTrue();
  }
}
