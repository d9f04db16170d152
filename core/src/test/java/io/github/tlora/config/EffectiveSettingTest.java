package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every setting in effect, and where it comes from. */
class EffectiveSettingTest {
  @TempDir Path dir;
  private ConfigFolder folder;

  @BeforeEach
  void open_folder() {
    folder = new ConfigFolder(dir);
  }

  /** {@code KEY = VALUE, ORIGIN}, without this folder's own path. */
  private String setting(Layers layers, String key) {
    EffectiveSetting found =
        layers.effective().stream()
            .filter(each -> each.key().equals(key))
            .findFirst()
            .orElseThrow();
    return found.value() + ", " + found.origin().replace(dir + "/", "");
  }

  @Test
  void a_value_comes_from_the_uppermost_layer_that_has_it() {
    folder.write("base.yaml", "train:\n  epochs: 1\n  batch_size: 4\nseed: 3\n");
    Layers layers =
        folder
            .file("include: base.yaml\ntrain:\n  epochs: 2\n")
            .set("seed", "7", "--set seed=7")
            .set("threads", "2", "--threads");

    assertThat(setting(layers, "train.epochs")).isEqualTo("2, x.yaml:3");
    assertThat(setting(layers, "train.batch_size")).isEqualTo("4, base.yaml:3");
    assertThat(setting(layers, "seed")).isEqualTo("7, --set seed=7");
    assertThat(setting(layers, "threads")).isEqualTo("2, --threads");
    assertThat(setting(layers, "train.max_length")).isEqualTo("128, default");
    assertThat(setting(layers, "task")).isEqualTo("sst2, default");
  }

  @Test
  void it_tells_all_that_the_configuration_has_in_its_order() {
    List<String> keys = new Layers().effective().stream().map(EffectiveSetting::key).toList();

    assertThat(keys)
        .startsWith("task", "model.name", "model.dtype", "data")
        .doesNotHaveDuplicates();
    assertThat(keys).contains("head.learning_rate", "train.class_weights", "baseline");
    assertThat(keys.indexOf("adapter.rank")).isEqualTo(keys.indexOf("adapter.method") + 1);
  }

  @Test
  void a_model_s_name_alone_counts_as_model_name() {
    assertThat(setting(folder.file("model: roberta-base"), "model.name"))
        .isEqualTo("roberta-base, x.yaml:1");
  }

  @Test
  void another_method_leaves_nothing_of_the_settings_before() {
    Layers layers =
        folder
            .file("adapter:\n  method: tlora\n  rank: 32\n")
            .set("adapter.method", "lora", "--method");

    assertThat(setting(layers, "adapter.method")).isEqualTo("lora, --method");
    assertThat(setting(layers, "adapter.rank")).isEqualTo("8, default");
    assertThat(setting(layers, "adapter.alpha")).isEqualTo("16.0, default");
    assertThat(layers.effective()).noneMatch(each -> each.key().equals("adapter.store_fixed"));
  }

  @Test
  void the_parts_of_a_combination_are_told_one_by_one() {
    Layers layers =
        folder.file(
            """
            adapter:
              method: combined
              parts:
                - {method: lora, rank: 2}
                - method: bitfit
            """);

    assertThat(setting(layers, "adapter.parts.0.rank")).isEqualTo("2, x.yaml:4");
    assertThat(setting(layers, "adapter.parts.0.alpha")).isEqualTo("16.0, default");
    assertThat(setting(layers, "adapter.parts.1.method")).isEqualTo("bitfit, x.yaml:5");
    assertThat(
            setting(
                new Layers().set("adapter.method", "combined", "--method"),
                "adapter.parts.1.method"))
        .isEqualTo("prefix-embedding, default");
  }

  @Test
  void null_and_what_nobody_sets_are_defaults_with_a_word_on_who_decides() {
    Layers layers =
        folder.file("train: {epochs: 2, learning_rate: 1e-3}").set("train", "~", "--set");

    assertThat(setting(layers, "train.epochs")).isEqualTo("5, default");
    assertThat(setting(layers, "train.learning_rate")).matches("0\\.005, default: .*method.*");
    assertThat(setting(layers, "head.kind")).matches("null, default: .*model.*");
    assertThat(setting(layers, "threads")).isEqualTo("null, default: every core");
  }
}
