package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.run.Environment;
import io.github.tlora.run.EvalRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora eval}. */
@Command(
    name = "eval",
    mixinStandardHelpOptions = true,
    header = "Score trained adapters, from their files alone.",
    description =
        "Several adapters of one encoder are scored one after the other; it is loaded once.",
    footer = {
      "",
      "Examples:",
      "  tlora eval runs/sst2-bundled-tlora-r8-s0",
      "  tlora eval runs/sst2-bundled-tlora-r8-s0 --details",
      "  tlora eval runs/lora/adapter --data glue/SST-2 --json",
      "  tlora eval --adapter runs/a --adapter runs/b --merged"
    })
final class EvalCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "RUN", arity = "0..*", description = "Run directories, or adapters'.")
  private List<Path> runs = new ArrayList<>();

  @Heading("What to score")
  @Option(names = "--adapter", paramLabel = "RUN", description = "The same as RUN. Repeatable.")
  private List<Path> adapters = new ArrayList<>();

  @Option(
      names = "--merged",
      description = "Add each adapter to the encoder's weights and subtract it again.")
  private boolean merged;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "PATH",
      description = "Rows (default: the run's).")
  private String data;

  @Option(
      names = "--split",
      paramLabel = "SPLIT",
      defaultValue = "dev",
      description =
          "dev (default), train, or a test split that has labels. Of MNLI dev is dev_matched and"
              + " dev_mismatched together; each may be named alone, and ax is the diagnostic set.")
  private String split;

  @Heading("Output")
  @Option(
      names = "--details",
      description = "Also precision, recall and F1 of each class, and the confusion matrix.")
  private boolean details;

  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  @Mixin private LoadOptions load;

  EvalCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!split.matches("train|ax|(dev|test)(_matched|_mismatched)?")) {
      throw UserError.usage("--split must be train, dev or test, got '" + split + "'");
    }
    List<Path> all = new ArrayList<>(runs);
    all.addAll(adapters);
    if (all.isEmpty()) {
      throw UserError.usage("eval: no adapter. Give RUN or --adapter RUN");
    }
    Environment environment = load.environment(console);
    if (all.size() == 1 && !merged) {
      EvalRun.Result result = EvalRun.evaluate(all.get(0), data, split, load.model, environment);
      result.warnings().forEach(console::warn);
      console.answer(json, details ? result : result.brief(), line(result));
      return 0;
    }
    EvalRun.Several several = EvalRun.evaluate(all, data, split, load.model, merged, environment);
    List<String> lines = new ArrayList<>();
    for (EvalRun.Result result : several.adapters()) {
      result.warnings().forEach(warning -> console.warn(result.run() + ": " + warning));
      lines.add(result.run() + ": " + line(result));
    }
    if (several.glueAverage() != null) {
      lines.add("GLUE average: " + String.format(Locale.ROOT, "%.4f", several.glueAverage()));
    }
    if (merged) {
      lines.add(
          String.format(
              Locale.ROOT,
              "the encoder's weights are what they were up to %.3g",
              several.baseError()));
    }
    console.answer(
        json, details ? several : several.brief(), String.join(System.lineSeparator(), lines));
    return 0;
  }

  private String line(EvalRun.Result result) {
    String sample = result.sample() ? " of the bundled sample (no GLUE score)" : "";
    return result.task()
        + " "
        + result.split()
        + ": "
        + Panel.scores(result.metrics())
        + " on "
        + Quantity.number(result.rows())
        + " rows"
        + sample
        + (details ? System.lineSeparator() + DetailsTable.of(result.details()) : "");
  }
}
