package io.github.tlora.run;

import io.github.tlora.Quantity;
import io.github.tlora.Setting;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.data.Dataset;
import io.github.tlora.metric.Metric;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelFiles;
import java.util.Locale;

/** The README.md of a merged checkpoint. */
final class MergedCard {
  /** How a stock class of transformers loads a directory. */
  static final String STOCK =
      "Load it with `AutoModelForSequenceClassification.from_pretrained(DIRECTORY)`.";

  private MergedCard() {}

  /**
   * The card.
   *
   * @param files the base's
   * @param dataset whose dev rows were scored
   */
  static String of(
      AdapterConfig adapter, ModelFiles files, Dataset dataset, MergeRun.Result result) {
    String base = ModelCard.lastPart(files.id());
    String name =
        dataset.task().key() + "-" + base + "-" + adapter.method().methodName() + "-merged";
    return new CardHeader(
                name, adapter, dataset.task(), dataset.isSample(), files, result.merged(), true)
            .text()
        + String.join(
            "\n",
            "",
            "# " + name,
            "",
            base
                + " with an adapter of the method "
                + adapter.method().methodName()
                + " merged into its weights. "
                + ModelCard.answers(adapter),
            "\n## Scores\n",
            scores(dataset, result),
            "\n## Command\n",
            "```sh\ntlora merge RUN -o DIRECTORY --dtype " + Setting.word(result.dtype()) + "\n```",
            "\n## Loading\n",
            loading(adapter),
            "\n## Versions\n",
            ModelCard.versions(adapter),
            "");
  }

  private static String scores(Dataset dataset, MergeRun.Result result) {
    StringBuilder table = new StringBuilder("| dev rows | merged | unmerged |\n|---|---|---|\n");
    for (Metric metric : result.merged().keySet()) {
      table.append(
          String.format(
              Locale.ROOT,
              "| %s | %.4f | %.4f |\n",
              metric.key(),
              result.merged().get(metric),
              result.unmerged().get(metric)));
    }
    return (dataset.isSample() ? ModelCard.NO_GLUE_SCORE + "\n\n" : "")
        + table
        + "\nOn "
        + Quantity.number(result.rows())
        + " rows logits differ by at most "
        + String.format(Locale.ROOT, "%.1e", result.largestDifference())
        + ".";
  }

  private static String loading(AdapterConfig adapter) {
    if (adapter.head().kind() == HeadSettings.Kind.NATIVE) {
      return STOCK;
    }
    String pooled =
        adapter.head().pooling() == HeadSettings.Pooling.MEAN
            ? "(states * mask).sum(1) / mask.sum(1)"
            : "states[:, 0]";
    return """
        No stock class of transformers pools as this model does (see `tlora` in config.json), so
        load it with these lines:

        ```python
        import torch
        from safetensors.torch import load_file
        from transformers import AutoModel, AutoTokenizer

        def load(directory):
            tokenizer = AutoTokenizer.from_pretrained(directory)
            encoder = AutoModel.from_pretrained(directory).eval()
            head = load_file(f"{directory}/model.safetensors")
            weight, bias = head["classifier.weight"], head["classifier.bias"]

            def logits(*texts):
                batch = tokenizer(*texts, return_tensors="pt", padding=True, truncation=True, max_length=MAX_LENGTH)
                with torch.no_grad():
                    states = encoder(**batch).last_hidden_state
                mask = batch["attention_mask"].unsqueeze(-1).float()
                pooled = POOLED
                return pooled @ weight.T + bias

            return logits

        print(load(".")(["a warm, generous comedy"]).softmax(-1))
        ```"""
        .replace("MAX_LENGTH", Integer.toString(adapter.maxLength()))
        .replace("POOLED", pooled);
  }
}
