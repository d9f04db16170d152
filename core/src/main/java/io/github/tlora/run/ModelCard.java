package io.github.tlora.run;

import io.github.tlora.Quantity;
import io.github.tlora.Version;
import io.github.tlora.adapter.Full;
import io.github.tlora.adapter.Method;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.config.ConfigWriter;
import io.github.tlora.data.Glue;
import io.github.tlora.data.TableTask;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Metric;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.tensor.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The README.md of a run's adapter: for people, under a header for the hub. No path and no time is
 * in it, so that it can be published as it is.
 */
final class ModelCard {
  static final String FILE = "README.md";

  static final String NO_GLUE_SCORE =
      "The rows are sentences that were written for tlora, in the format of SST-2. **The scores are"
          + " no GLUE scores.**";

  private ModelCard() {}

  /** The card of the adapter that {@code run} trained. */
  static String of(TrainRun run, AdapterConfig adapter, TrainResult result) {
    boolean isSample = result.data().sample();
    String name =
        Stream.of(
                run.task().key(),
                lastPart(run.files().id()),
                adapter.method().methodName(),
                adapter.method().label(),
                "s" + run.config().seed())
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining("-"));
    CardHeader header =
        new CardHeader(
            name, adapter, run.task(), isSample, run.files(), result.best().metrics(), false);
    return header.text()
        + String.join(
            "\n",
            "",
            "# " + name,
            "",
            about(run, adapter, result),
            section("Data"),
            data(run.task(), result),
            section("Scores"),
            scores(result),
            section("Recipe"),
            "```yaml\n" + CardHeader.yaml(recipe(run)) + "```",
            section("Command"),
            "```sh\n" + command(run) + "\n```",
            section("Loading"),
            loading(run, adapter),
            section("Versions"),
            versions(adapter),
            "");
  }

  private static String section(String title) {
    return "\n## " + title + "\n";
  }

  static String lastPart(String id) {
    return id.replaceAll("/+$", "").replaceFirst(".*/", "");
  }

  /** What it answers. */
  static String answers(AdapterConfig adapter) {
    return adapter.labels().isEmpty()
        ? "A regression: its one logit is the number."
        : "Labels: " + String.join(", ", adapter.labels()) + ".";
  }

  static String versions(AdapterConfig adapter) {
    return "tlora "
        + Version.current()
        + ", DJL "
        + Version.djl()
        + ", "
        + Torch.version()
        + ". SHA-256 of the base's weights: `"
        + adapter.baseModel().sha256()
        + "`.";
  }

  private static String about(TrainRun run, AdapterConfig adapter, TrainResult result) {
    Method method = adapter.method();
    return "What tlora trained on "
        + (result.data().sample() ? "a sample in the format of " : "")
        + title(run.task())
        + " with the method "
        + method.methodName()
        + (method.size().isEmpty() ? "" : " (" + method.size() + ")")
        + ": "
        + Quantity.number(result.parameters().adapter())
        + " parameters on "
        + lastPart(run.files().id())
        + " and "
        + Quantity.number(result.parameters().head())
        + " of "
        + head(adapter.head())
        + ". "
        + answers(adapter);
  }

  private static String head(HeadSettings head) {
    return head.kind() == HeadSettings.Kind.NATIVE
        ? "the model's own head"
        : "a head of one layer, on "
            + (head.pooling() == HeadSettings.Pooling.MEAN
                ? "the mean of the states"
                : "the first state");
  }

  private static String title(Task task) {
    return task instanceof Glue glue ? glue.title() : task.key();
  }

  private static String data(Task task, TrainResult result) {
    return (result.data().sample() ? NO_GLUE_SCORE + "\n\n" : title(task) + ": ")
        + Quantity.number(result.data().trainRows())
        + " training rows, "
        + Quantity.number(result.data().devRows())
        + " dev rows. SHA-256 of both: `"
        + result.data().sha256()
        + "`.";
  }

  private static String scores(TrainResult result) {
    boolean hasBaseline = result.baseline() != null;
    StringBuilder table =
        new StringBuilder("| dev rows | best epoch | last epoch |")
            .append(hasBaseline ? " bag of words |\n" : "\n")
            .append("|---|---|---|")
            .append(hasBaseline ? "---|\n" : "\n");
    for (Metric metric : result.best().metrics().keySet()) {
      table.append(
          String.format(
              Locale.ROOT,
              "| %s | %.4f | %.4f |",
              metric.key(),
              result.best().metrics().get(metric),
              result.last().metrics().get(metric)));
      table.append(
          hasBaseline
              ? String.format(Locale.ROOT, " %.4f |\n", result.baseline().get(metric))
              : "\n");
    }
    return table
        + "\nThis is the best epoch, chosen on the same rows, which flatters a little."
        + (result.data().sample() ? " These are no GLUE scores." : "");
  }

  private static Map<String, Object> recipe(TrainRun run) {
    Map<String, Object> all = ConfigWriter.toMap(run.config());
    Map<String, Object> recipe = new LinkedHashMap<>();
    for (String group : List.of("seed", "adapter", "head", "train")) {
      recipe.put(group, all.get(group));
    }
    return recipe;
  }

  private static String command(TrainRun run) {
    String task = run.task() instanceof TableTask ? run.task().key() + ".yaml" : run.task().key();
    boolean isBundled = run.config().model().name().equals("bundled");
    return TrainingCommand.of(run.config(), task, isBundled ? "bundled" : baseName(run));
  }

  /** Its name on the hub; of a directory the last part of its path. */
  private static String baseName(TrainRun run) {
    return run.files().revision().isPresent() ? run.files().id() : lastPart(run.files().id());
  }

  private static String loading(TrainRun run, AdapterConfig adapter) {
    String here = "```sh\ntlora predict DIRECTORY --text 'a text'\n```";
    boolean isNative = adapter.head().kind() == HeadSettings.Kind.NATIVE;
    if (adapter.method() instanceof Full && isNative) {
      return here + "\n\n" + MergedCard.STOCK;
    }
    if (!AdapterFile.isPeft(adapter.method())) {
      return here
          + "\n\nIn another program: `tlora merge` makes a checkpoint of it where the method can be"
          + " merged, `tlora convert --to peft-lora` an adapter of PEFT's where it is a LoRA.";
    }
    if (!isNative) {
      return here
          + "\n\nThe files have PEFT's layout. No class of transformers has this head, though, so"
          + " `tlora merge` is the way to other programs.";
    }
    return here
        + "\n\n"
        + """
        ```python
        from peft import PeftModel
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        base = "BASE"
        tokenizer = AutoTokenizer.from_pretrained(base)
        model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=LABELS)
        model = PeftModel.from_pretrained(model, "DIRECTORY").eval()
        ```"""
            .replace("BASE", baseName(run))
            .replace("LABELS", Integer.toString(run.model().labels().logits()));
  }
}
