package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of wrong settings, word for word. */
class LayersErrorsTest {
  private static final String TRAIN_KEYS =
      "Known keys: accumulation_steps, batch_size, batch_tokens, checkpoints, class_weights, decay,"
          + " epochs, eval_batch_size, evaluation, gradient_checkpointing, label_smoothing,"
          + " layer_decay, learning_rate, max_examples, max_grad_norm, max_length, max_time,"
          + " precision, schedule, schedule_power, warmup_ratio, warmup_steps, weight_decay";

  @TempDir Path dir;
  private ConfigFolder folder;

  @BeforeEach
  void open_folder() {
    folder = new ConfigFolder(dir);
  }

  @Test
  void an_unknown_key_is_told_with_its_line_and_the_nearest_key() {
    assertThat(folder.problems(folder.file("task: sst2\n\ntrain:\n  learning_rte: 1e-3\n")))
        .containsExactly(
            "x.yaml:4: unknown key 'train.learning_rte' (did you mean 'learning_rate'?). "
                + TRAIN_KEYS);
  }

  @Test
  void a_key_in_the_wrong_place_is_told_its_place() {
    String rootKeys =
        "Known keys: adapter, baseline, data, device, head, init_from, log, model, seed, task, threads, train";
    assertThat(
            folder.problems(
                folder
                    .file("train: {seed: 1}\nhead: {epochs: 3}")
                    .set("rank", "4", "--set rank=4")
                    .set("learning_rate", "1", "--set learning_rate=1")))
        .containsExactly(
            "x.yaml:1: unknown key 'train.seed' (did you mean 'seed' at the top level?). "
                + TRAIN_KEYS,
            "x.yaml:2: unknown key 'head.epochs' (did you mean 'train.epochs'?)."
                + " Known keys: dropout, from, kind, labels, learning_rate, pooling, train",
            "--set rank=4: unknown key 'rank' (did you mean 'adapter.rank'?). " + rootKeys,
            "--set learning_rate=1: unknown key 'learning_rate' (did you mean"
                + " 'head.learning_rate' or 'train.learning_rate'?). "
                + rootKeys);
  }

  @Test
  void include_is_a_key_of_files_only() {
    assertThat(folder.problems(folder.file("inclde: a.yaml").set("include", "a.yaml", "--set")))
        .containsExactly(
            "x.yaml:1: unknown key 'inclde' (did you mean 'include'?). Known keys: adapter, baseline, data,"
                + " device, head, include, init_from, log, model, seed, task, threads, train",
            "--set: unknown key 'include'. Known keys: adapter, baseline, data, device, head, init_from, log, model, seed,"
                + " task, threads, train");
  }

  @Test
  void a_key_of_another_method_is_unknown() {
    assertThat(folder.problems(folder.file("adapter:\n  d_initial: 1")))
        .containsExactly(
            "x.yaml:2: unknown key 'adapter.d_initial'. Known keys: alpha, alpha_decays, alpha_learning_rate, dropout,"
                + " dropout_on, init, method, rank, store_fixed, targets");
  }

  @Test
  void an_unknown_method_is_told_with_the_nearest_and_nothing_else_of_the_adapter() {
    assertThat(folder.problems(folder.file("adapter:\n  alpha: 16\n  method: lorra\n")))
        .containsExactly(
            "x.yaml:3: unknown method 'lorra' (did you mean 'lora'?). Known methods: adapter-drop, bitfit, combined, dora, full, houlsby,"
                + " lin, lora, lora-fa, lora-xs, pfeiffer, prefix-embedding, prefix-layer, tlora, vera");
    assertThat(folder.problems(new Layers().set("adapter.method", "zzz", "--method")))
        .containsExactly(
            "--method: unknown method 'zzz'. Known methods: adapter-drop, bitfit, combined, dora, full, houlsby,"
                + " lin, lora, lora-fa, lora-xs, pfeiffer, prefix-embedding, prefix-layer, tlora, vera");
    assertThat(folder.problems(folder.file("adapter: {method: [lora], alpha: 3}")))
        .containsExactly("x.yaml:1: adapter.method must be a text, got a list");
  }

  @Test
  void wrong_types_are_worded() {
    assertThat(
            folder.problems(
                folder.file(
                    """
                    task: [sst2]
                    model: [x]
                    seed: 99999999999999999999
                    threads: 3000000000
                    adapter:
                      rank: "8"
                      targets: query
                      dropout: high
                      store_fixed: yes
                    head:
                      kind: Linear
                      pooling: max
                      train: 1
                    train:
                      epochs: twenty
                      batch_size: 2.5
                      learning_rate: .nan
                      weight_decay: true
                    """)))
        .containsExactly(
            "x.yaml:1: task must be a text, got a list",
            "x.yaml:2: model must be a group of settings, got a list",
            "x.yaml:3: seed must be a whole number of at most 9223372036854775807,"
                + " got 99999999999999999999",
            "x.yaml:4: threads must be a whole number of at most 2147483647, got 3000000000",
            "x.yaml:6: adapter.rank must be a whole number, got \"8\"",
            "x.yaml:7: adapter.targets must be a list, got \"query\"",
            "x.yaml:8: adapter.dropout must be a number, got \"high\"",
            "x.yaml:9: adapter.store_fixed must be true or false, got \"yes\"",
            "x.yaml:11: head.kind must be one of (native, linear), got \"Linear\"",
            "x.yaml:12: head.pooling must be one of (first, mean), got \"max\"",
            "x.yaml:13: head.train must be true or false, got 1",
            "x.yaml:15: train.epochs must be a whole number, got \"twenty\"",
            "x.yaml:16: train.batch_size must be a whole number, got 2.5",
            "x.yaml:17: train.learning_rate must be a number, got \".nan\"",
            "x.yaml:18: train.weight_decay must be a number, got true");
  }

  @Test
  void groups_and_items_of_lists_are_checked_too() {
    assertThat(
            folder.problems(
                folder.file(
                    "train: 5\nhead: [native]\nadapter:\n  targets:\n  - query\n  -\n  - [x]")))
        .containsExactly(
            "x.yaml:1: train must be a group of settings, got 5",
            "x.yaml:2: head must be a group of settings, got a list",
            "x.yaml:6: adapter.targets.1 must be a text, got null",
            "x.yaml:7: adapter.targets.2 must be a text, got a list");
  }

  @Test
  void a_value_out_of_its_bounds_is_told_with_the_origin_of_that_key() {
    Layers layers =
        folder
            .file(
                "threads: 0\ndevice: gpu\nadapter: {rank: 8}\ntrain:\n  epochs: 0\n"
                    + "  batch_size: -1")
            .set("adapter.rank", "0", "--rank")
            .set("adapter.dropout", "1", "--set adapter.dropout=1")
            .set("adapter.targets", "[]", "--targets");

    assertThat(folder.problems(layers))
        .containsExactly(
            "x.yaml:1: threads must be at least 1, got 0",
            "x.yaml:2: device must be cpu, cuda or cuda:N, got 'gpu'",
            "x.yaml:5: train.epochs must be at least 1, got 0",
            "x.yaml:6: train.batch_size must be at least 1, got -1",
            "--rank: adapter.rank must be at least 1, got 0",
            "--set adapter.dropout=1: adapter.dropout must be at least 0 and below 1, got 1.0",
            "--targets: adapter.targets must name at least one matrix");
  }

  @Test
  void a_duplicate_key_is_told_with_both_lines() {
    assertThat(folder.problems(folder.file("train:\n  epochs: 2\n  batch_size: 0\n  epochs: 3\n")))
        .containsExactly(
            "x.yaml:3: train.batch_size must be at least 1, got 0",
            "x.yaml:4: duplicate key 'train.epochs' (first on line 2)");
    assertThat(folder.problems(new Layers().set("adapter", "{rank: 1, rank: 2}", "--set")))
        .containsExactly("--set: duplicate key 'adapter.rank'");
  }

  @Test
  void all_problems_of_all_layers_are_told_together() {
    folder.write("base.yaml", "seed: x");
    Layers layers =
        folder
            .file("include: base.yaml\ntrain: {epochs: 0, batchsize: 3}")
            .set("head.kind", "round", "--set head.kind=round");

    assertThat(folder.problems(layers))
        .containsExactly(
            "base.yaml:1: seed must be a whole number, got \"x\"",
            "x.yaml:2: unknown key 'train.batchsize' (did you mean 'batch_size'?). " + TRAIN_KEYS,
            "x.yaml:2: train.epochs must be at least 1, got 0",
            "--set head.kind=round: head.kind must be one of (native, linear), got \"round\"");
  }

  @Test
  void a_path_below_a_plain_setting_is_refused() {
    assertThat(folder.problems(new Layers().set("train.epochs.x", "1", "--set train.epochs.x=1")))
        .containsExactly(
            "--set train.epochs.x=1: train.epochs must be a whole number, got a group of settings");
    assertThat(folder.problems(new Layers().set("", "1", "--set =1")))
        .containsExactly(
            "--set =1: unknown key ''. Known keys: adapter, baseline, data, device, head, init_from, log, model, seed, task,"
                + " threads, train");
  }

  @Test
  void a_flag_that_is_no_yaml_is_told() {
    assertThat(folder.problems(new Layers().set("adapter.targets", "[query", "--targets")))
        .containsExactly(
            "--targets: \"[query\" is not valid YAML: expected ',' or ']', but got the end");
  }

  @Test
  void a_long_value_is_cut_and_stays_on_one_line() {
    assertThat(folder.problems(folder.file("seed: |\n  a\n  " + "b".repeat(80))))
        .containsExactly(
            "x.yaml:1: seed must be a whole number, got \"a " + "b".repeat(58) + "...\"");
  }
}
