package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.TLora;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelSettings;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.train.CheckpointSettings;
import io.github.tlora.train.ClassWeights;
import io.github.tlora.train.EvaluationSettings;
import io.github.tlora.train.Schedule;
import io.github.tlora.train.TrainSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigWriterTest {
  @TempDir Path dir;

  private RunConfig readBack(RunConfig config) {
    return new ConfigFolder(dir).file(ConfigWriter.toYaml(config)).resolve();
  }

  @Test
  void the_defaults_are_written_in_full_and_in_order() {
    assertThat(ConfigWriter.toYaml(RunConfig.defaults()))
        .isEqualTo(
            """
            task: sst2
            model:
              name: bundled
              dtype: f32
            seed: 0
            device: cpu
            adapter:
              method: tlora
              rank: 8
              targets:
                - query
                - value
              init: reference
              alpha: matrix
              dropout: 0.0
              dropout_on: update
              store_fixed: false
            head:
              from: fresh
              labels: by-name
              train: true
            train:
              learning_rate: 0.005
              epochs: 5
              batch_size: 32
              accumulation_steps: 1
              eval_batch_size: 64
              max_length: 128
              weight_decay: 0.01
              decay: matrices
              schedule: linear
              schedule_power: 2.0
              warmup_ratio: 0.06
              layer_decay: 1.0
              max_grad_norm: 0.0
              label_smoothing: 0.0
              gradient_checkpointing: false
              precision: f32
              checkpoints:
                keep: 0
            baseline: true
            log:
              tensorboard: false
              csv: false
            """);
  }

  @Test
  void what_is_written_reads_back_equal() {
    RunConfig config =
        new RunConfig(
            "rte",
            new ModelSettings("models/x y", Dtype.BF16),
            "data: here #1",
            "runs/other #2",
            -5_000_000_000L,
            "cuda:1",
            3,
            new Lora(4, 1e-7, List.of("attention.output.dense", "true"), 0.1),
            new HeadSettings(
                HeadSettings.Kind.NATIVE,
                HeadSettings.Pooling.FIRST,
                HeadSettings.From.CHECKPOINT,
                HeadSettings.Labels.BY_INDEX,
                false,
                1e-4),
            new TrainSettings(
                1.0e-5,
                3,
                2,
                2048,
                4,
                8,
                512,
                100,
                0.0,
                TrainSettings.Decay.ALL,
                Schedule.Kind.POLYNOMIAL,
                0.5,
                1.0,
                17,
                0.75,
                1e20,
                new ClassWeights(List.of(1.5, 1e-7), null),
                0.25,
                true,
                Dtype.BF16,
                new EvaluationSettings(500, "f1", 3),
                new CheckpointSettings(100, 2),
                "1h30m"),
            false,
            new LogSettings(true, true, "http://localhost:5000"));

    assertThat(readBack(config)).isEqualTo(config);
    assertThat(readBack(RunConfig.defaults())).isEqualTo(RunConfig.defaults());
    RunConfig byLabel =
        new Layers().set("train.class_weights", "{not: 2, \"1\": 0.5}", "--set").resolve();
    assertThat(byLabel.train().classWeights())
        .isEqualTo(new ClassWeights(null, Map.of("not", 2.0, "1", 0.5)));
    assertThat(readBack(byLabel)).isEqualTo(byLabel);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "~",
        "null",
        "Null",
        "NULL",
        "true",
        "yes",
        "off",
        "12",
        "1e-3",
        "0x1F",
        "1_000",
        ".",
        "-",
        "- x",
        "a: b",
        "a:",
        ":",
        "#x",
        "a #b",
        "*x",
        "&x",
        "!x",
        "%x",
        "@x",
        "`x",
        "|",
        ">",
        "?",
        "? x",
        "[x]",
        "{x}",
        "[",
        "'x'",
        "\"x\"",
        "it's",
        "a\nb",
        "a\tb",
        " a",
        "a ",
        "C:\\data",
        "ü-日本-😀",
        "---",
        "...",
        "--- x",
        ",",
        "2024-01-01",
        ".nan",
        "=",
        "<<",
        "\u0007"
      })
  void any_text_survives(String text) {
    RunConfig config =
        new RunConfig(
            text,
            new ModelSettings(text, null),
            text,
            text,
            null,
            null,
            null,
            TLora.defaults(),
            null,
            null,
            null,
            null);

    assertThat(readBack(config)).isEqualTo(config);
  }

  @Test
  void the_map_holds_plain_values() {
    Map<String, Object> map = ConfigWriter.toMap(RunConfig.defaults());

    assertThat(map).containsEntry("seed", 0L).doesNotContainKeys("data", "threads");
    assertThat(map.get("adapter"))
        .isEqualTo(
            Map.of(
                "method",
                "tlora",
                "rank",
                8,
                "targets",
                List.of("query", "value"),
                "init",
                "reference",
                "alpha",
                "matrix",
                "dropout",
                0.0,
                "dropout_on",
                "update",
                "store_fixed",
                false));
    assertThat(map.get("head"))
        .isEqualTo(Map.of("from", "fresh", "labels", "by-name", "train", true));
  }
}
