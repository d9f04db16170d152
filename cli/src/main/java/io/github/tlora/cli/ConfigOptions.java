package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.config.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/**
 * The options that set a run's configuration. Each is a name for a configuration key; only options
 * that were typed are layered over the files.
 */
final class ConfigOptions {
  @Heading("Configuration")
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description =
          "Read settings from a YAML or JSON file, or a recipe by its name (tlora configs list)."
              + " Repeatable; later files win.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Set any key of the configuration, such as train.epochs=3. Repeatable.")
  private List<String> sets = new ArrayList<>();

  @Heading("What to train on")
  @Option(
      names = {"-t", "--task"},
      paramLabel = "TASK",
      completionCandidates = Words.Tasks.class,
      description = "A task of GLUE, or a YAML file that describes your own (default: sst2).")
  private String task;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = "Encoder: a Hugging Face directory, or a name (default: the bundled one).")
  private String model;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      completionCandidates = Words.Dtypes.class,
      description = "Keep the frozen base as f32 (default), bf16 or f16; all else stays f32.")
  private String dtype;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "PATH",
      description =
          "Directory with train.tsv and dev.tsv, or a file (default: those of your own"
              + " task, the data cache, then, for sst2, the bundled sample).")
  private String data;

  @Option(
      names = "--init-from",
      paramLabel = "RUN",
      description = "Start from the values of another run's adapter (default: anew).")
  private String initFrom;

  @Heading("Method")
  @Option(
      names = "--method",
      paramLabel = "METHOD",
      completionCandidates = Words.Methods.class,
      description = "tlora (default), lora, or another one that 'tlora methods' lists.")
  private String method;

  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Rank of the update or width of the bottleneck (default: by method, 8).")
  private String rank;

  @Option(names = "--length", paramLabel = "L", description = "Vectors of a prefix (default: 16).")
  private String length;

  @Option(
      names = "--alpha",
      paramLabel = "ALPHA",
      description = "LoRA's scale (default: 16); TLoRA: matrix (default), layer or fixed.")
  private String alpha;

  @Option(
      names = "--targets",
      paramLabel = "NAMES",
      description = "Adapted matrices, separated by commas (default: query,value).")
  private String targets;

  @Option(names = "--dropout", paramLabel = "P", description = "Adapter dropout (default: 0).")
  private String dropout;

  @Heading("Recipe")
  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      description = "Peak learning rate (default: by method; tlora: 5e-3).")
  private String learningRate;

  @Option(names = "--epochs", paramLabel = "N", description = "Passes over the rows (default: 5).")
  private String epochs;

  @Option(names = "--batch-size", paramLabel = "N", description = "Rows a batch (default: 32).")
  private String batchSize;

  @Option(
      names = "--batch-tokens",
      paramLabel = "N",
      description = "Tokens a batch, padding counted (default: no limit).")
  private String batchTokens;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "Tokens at which rows are cut (default: 128).")
  private String maxLength;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description = "Learning rate's course: linear (default), cosine, constant, polynomial.")
  private String schedule;

  @Option(names = "--seed", paramLabel = "N", description = "The run's one seed (default: 0).")
  private String seed;

  @Heading("Machine")
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      completionCandidates = Words.Devices.class,
      description = "cpu (default), cuda or cuda:N.")
  private String device;

  @Option(names = "--threads", paramLabel = "N", description = "Threads (default: every core).")
  private String threads;

  @Heading("Run")
  @Option(
      names = "--no-baseline",
      description = "Leave out the bag of words that the scores are compared with.")
  private boolean noBaseline;

  /** The configuration: defaults, then files in order, then what was typed. */
  RunConfig resolve() {
    return layers().resolve();
  }

  /** What the configuration is made of. */
  Layers layers() {
    return over(new Layers());
  }

  /** Puts what was given over {@code layers}. */
  Layers over(Layers layers) {
    files.forEach(layers::file);
    for (String set : sets) {
      int equals = set.indexOf('=');
      if (equals < 1) {
        throw UserError.usage("--set: '" + set + "' is not KEY=VALUE, such as train.epochs=3");
      }
      layers.set(set.substring(0, equals), set.substring(equals + 1), "--set " + set);
    }
    flag(layers, "--task", "task", task);
    flag(layers, "--model", "model.name", model);
    flag(layers, "--dtype", "model.dtype", dtype);
    flag(layers, "--data", "data", data);
    flag(layers, "--init-from", "init_from", initFrom);
    flag(layers, "--method", "adapter.method", method);
    flag(layers, "--rank", "adapter.rank", rank);
    flag(layers, "--length", "adapter.length", length);
    flag(layers, "--alpha", "adapter.alpha", alpha);
    flag(layers, "--targets", "adapter.targets", targets == null ? null : "[" + targets + "]");
    flag(layers, "--dropout", "adapter.dropout", dropout);
    flag(layers, "--learning-rate", "train.learning_rate", learningRate);
    flag(layers, "--epochs", "train.epochs", epochs);
    flag(layers, "--batch-size", "train.batch_size", batchSize);
    flag(layers, "--batch-tokens", "train.batch_tokens", batchTokens);
    flag(layers, "--max-length", "train.max_length", maxLength);
    flag(layers, "--schedule", "train.schedule", schedule);
    flag(layers, "--seed", "seed", seed);
    flag(layers, "--device", "device", device);
    flag(layers, "--threads", "threads", threads);
    flag(layers, "--no-baseline", "baseline", noBaseline ? "false" : null);
    return layers;
  }

  static void flag(Layers layers, String option, String key, String value) {
    if (value != null) {
      layers.set(key, value, option);
    }
  }
}
