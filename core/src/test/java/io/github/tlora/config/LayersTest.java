package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.TLora;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelSettings;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.train.TrainSettings;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayersTest {
  @TempDir Path dir;
  private ConfigFolder folder;

  @BeforeEach
  void open_folder() {
    folder = new ConfigFolder(dir);
  }

  @Test
  void no_layers_give_the_defaults() {
    assertThat(new Layers().resolve()).isEqualTo(RunConfig.defaults());
    assertThat(folder.file("# nothing yet\n").resolve()).isEqualTo(RunConfig.defaults());
  }

  @Test
  void every_type_of_setting_is_read() {
    RunConfig config =
        folder
            .file(
                """
                task: 2024
                model: roberta-base
                seed: 12345678901
                threads: 2
                adapter: {method: lora, rank: 4, alpha: 8, targets: [query, 'key']}
                head:
                  kind: linear
                  pooling: mean
                  train: false
                train:
                  learning_rate: 5e-4
                  epochs: 1_000
                  warmup_ratio: 0
                  decay: all
                """)
            .resolve();

    assertThat(config.task()).isEqualTo("2024");
    assertThat(config.seed()).isEqualTo(12_345_678_901L);
    assertThat(config.threads()).isEqualTo(2);
    assertThat(config.adapter()).isEqualTo(new Lora(4, 8.0, List.of("query", "key"), null));
    assertThat(config.head().kind()).isEqualTo(HeadSettings.Kind.LINEAR);
    assertThat(config.head().pooling()).isEqualTo(HeadSettings.Pooling.MEAN);
    assertThat(config.head().train()).isFalse();
    assertThat(config.train().learningRate()).isEqualTo(5e-4);
    assertThat(config.train().epochs()).isEqualTo(1000);
    assertThat(config.train().warmupRatio()).isZero();
    assertThat(config.train().decay()).isEqualTo(TrainSettings.Decay.ALL);
  }

  @Test
  void json_is_read_like_yaml() {
    Path file =
        folder.write("x.json", "{\"task\": \"rte\",\n \"train\": {\"learning_rate\": 1e-3}}");

    RunConfig config = new Layers().file(file).resolve();

    assertThat(config.task()).isEqualTo("rte");
    assertThat(config.train().learningRate()).isEqualTo(1e-3);
  }

  @Test
  void a_file_wins_over_its_include_a_later_file_over_an_earlier_a_flag_over_all() {
    folder.write("base.yaml", "train: {epochs: 1, batch_size: 1, max_length: 16, decay: all}");
    Path first =
        folder.write(
            "a.yaml", "train: {epochs: 2, batch_size: 2, max_length: 32}\ninclude: base.yaml");
    Path second = folder.write("b.yaml", "train: {epochs: 3, batch_size: 3}");

    TrainSettings train =
        new Layers()
            .set("train.epochs", "4", "--epochs")
            .file(first)
            .file(second)
            .resolve()
            .train();

    assertThat(train.epochs()).isEqualTo(4);
    assertThat(train.batchSize()).isEqualTo(3);
    assertThat(train.maxLength()).isEqualTo(32);
    assertThat(train.decay()).isEqualTo(TrainSettings.Decay.ALL);
  }

  @Test
  void a_later_include_wins_over_an_earlier_one() {
    folder.write("lib/a.yaml", "task: rte\nseed: 1");
    folder.write("lib/b.yaml", "include: a.yaml\ntask: qnli");
    folder.write("c.yaml", "seed: 3");

    RunConfig config = folder.file("include: [lib/b.yaml, c.yaml]").resolve();

    assertThat(config.task()).isEqualTo("qnli");
    assertThat(config.seed()).isEqualTo(3);
  }

  @Test
  void a_file_may_be_included_by_two_others() {
    folder.write("a.yaml", "task: rte");
    folder.write("b.yaml", "include: a.yaml");
    folder.write("c.yaml", "include: a.yaml");

    assertThat(folder.file("include: [b.yaml, c.yaml]").resolve().task()).isEqualTo("rte");
  }

  @Test
  void lists_are_replaced() {
    RunConfig config =
        folder
            .file("adapter: {targets: [query, key, value]}")
            .set("adapter.targets", "[output]", "--targets")
            .resolve();

    assertThat(config.adapter().targets()).containsExactly("output");
  }

  @Test
  void null_brings_the_default_back() {
    RunConfig config =
        folder
            .file(
                "threads: 3\nseed: 4\nhead: {train: false}\ntrain: {epochs: 2}\nadapter: {rank: 2}")
            .set("threads", "", "--threads")
            .set("seed", "null", "--seed")
            .set("head", "~", "--set head=~")
            .set("train.epochs", "null", "--epochs")
            .set("adapter", "null", "--set adapter=null")
            .resolve();

    assertThat(config).isEqualTo(RunConfig.defaults());
  }

  @Test
  void another_method_starts_the_adapter_afresh() {
    RunConfig config =
        folder
            .file("adapter: {method: tlora, rank: 32, dropout: 0.5}")
            .set("adapter.method", "lora", "--method")
            .resolve();

    assertThat(config.adapter()).isEqualTo(new Lora(null, null, null, null));
  }

  @Test
  void settings_without_a_method_are_of_the_default_method() {
    Layers layers = folder.file("adapter: {rank: 32, dropout: 0.5}");

    assertThat(layers.resolve().adapter()).isEqualTo(new TLora(32, null, 0.5, null));
    assertThat(layers.set("adapter.method", "tlora", "--method").resolve().adapter().rank())
        .isEqualTo(32);
    assertThat(layers.set("adapter.method", "lora", "--method").resolve().adapter())
        .isEqualTo(new Lora(null, null, null, null));
  }

  @Test
  void the_same_method_named_again_keeps_its_settings() {
    Path over = folder.write("over.yaml", "adapter: {method: tlora, dropout: 0.25}");

    RunConfig config =
        folder.file("adapter: {method: tlora, rank: 32, dropout: 0.5}").file(over).resolve();

    assertThat(config.adapter()).isEqualTo(new TLora(32, null, 0.25, null));
  }

  @Test
  void a_method_taken_back_is_the_default_method_afresh() {
    RunConfig config =
        folder
            .file("adapter: {method: lora, rank: 32}")
            .set("adapter.method", "null", "--method")
            .resolve();

    assertThat(config.adapter()).isEqualTo(TLora.defaults());
  }

  @Test
  void the_method_comes_first_among_flags() {
    RunConfig config =
        folder
            .file("adapter: {method: tlora, rank: 32, dropout: 0.5}")
            .set("adapter.rank", "4", "--rank")
            .set("adapter.method", "lora", "--method")
            .resolve();

    assertThat(config.adapter()).isEqualTo(new Lora(4, null, null, null));
  }

  @Test
  void a_flag_may_set_a_group() {
    RunConfig config =
        new Layers()
            .set("adapter.rank", "4", "--rank")
            .set("adapter", "{method: lora, alpha: 2}", "--set adapter={method: lora, alpha: 2}")
            .resolve();

    assertThat(config.adapter()).isEqualTo(new Lora(4, 2.0, null, null));
  }

  @Test
  void of_two_flags_the_later_wins() {
    RunConfig config =
        new Layers()
            .set("train.epochs", "3", "--epochs")
            .set("train.epochs", "5", "--set train.epochs=5")
            .resolve();

    assertThat(config.train().epochs()).isEqualTo(5);
  }

  @Test
  void a_flag_takes_odd_text_as_it_stands() {
    for (String text :
        List.of(
            "a b: c", "dir #1", "*.tsv", "@x", "%x", "- x", "C:\\data", "&a", "!t", ".", "~/x")) {
      assertThat(new Layers().set("data", text, "--data").resolve().data()).isEqualTo(text);
    }
    assertThat(new Layers().set("data", "'[x]'", "--data").resolve().data()).isEqualTo("[x]");
    assertThat(new Layers().set("data", "\"null\"", "--data").resolve().data()).isEqualTo("null");
  }

  @Test
  void a_model_s_name_alone_stands_for_its_group_and_keeps_the_rest() {
    folder.write("base.yaml", "model: {name: roberta-base, dtype: bf16}");

    assertThat(folder.file("include: base.yaml").set("model", "bert", "--model").resolve().model())
        .isEqualTo(new ModelSettings("bert", Dtype.BF16));
    assertThat(folder.file("model: x").set("model.dtype", "f16", "--dtype").resolve().model())
        .isEqualTo(new ModelSettings("x", Dtype.F16));
    assertThat(folder.file("model: null").resolve().model()).isEqualTo(ModelSettings.defaults());
    assertThat(folder.problems(folder.file("model: {name: x, dtype: int8}")))
        .containsExactly("x.yaml:1: model.dtype must be one of (f32, bf16, f16), got \"int8\"");
  }

  @Test
  void the_learning_rate_defaults_to_the_method() {
    assertThat(new Layers().resolve().train().learningRate())
        .isEqualTo(TLora.defaults().defaultLearningRate());
    assertThat(new Layers().set("adapter.method", "lora", "--method").resolve().train())
        .extracting(TrainSettings::learningRate)
        .isEqualTo(new Lora(null, null, null, null).defaultLearningRate());
  }

  @Test
  void layers_may_be_resolved_again() {
    Layers layers = folder.file("task: rte").set("seed", "7", "--seed");

    assertThat(layers.resolve()).isEqualTo(layers.resolve());
  }
}
