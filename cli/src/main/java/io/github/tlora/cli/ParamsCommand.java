package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.config.Layers;
import io.github.tlora.run.Environment;
import io.github.tlora.run.ParamsRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tlora params}. */
@Command(
    name = "params",
    mixinStandardHelpOptions = true,
    header = "Count parameters from shapes alone, without weights.",
    footer = {
      "",
      "Examples:",
      "  tlora params --model roberta-large --rank 8",
      "  tlora params --model deberta-v2-xxlarge --method lora --rank 16 --json",
      "  tlora params --model roberta-large --compare"
    })
final class ParamsCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      defaultValue = "bundled",
      description = "A name on the hub, or a directory (default: the bundled encoder).")
  private String model;

  @Option(names = "--method", paramLabel = "METHOD", description = "tlora (default) or lora.")
  private String method;

  @Option(names = "--rank", paramLabel = "R", description = "Rank (default: 8).")
  private String rank;

  @Option(
      names = "--targets",
      paramLabel = "NAMES",
      description = "Adapted matrices, separated by commas (default: query,value).")
  private String targets;

  @Option(
      names = "--labels",
      paramLabel = "N",
      defaultValue = "2",
      description = "Number of labels, which sizes the head (default: 2).")
  private int labels;

  @Option(names = "--compare", description = "Every method side by side.")
  private boolean compare;

  @Option(names = "--json", description = "Answer as JSON: an object, or with --compare an array.")
  private boolean json;

  ParamsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (labels < 1) {
      throw UserError.usage("--labels must be at least 1, got " + labels);
    }
    if (compare && method != null) {
      throw UserError.usage("--compare shows every method: leave --method out");
    }
    List<ParamsRun.Count> counts = new ArrayList<>();
    for (String name : compare ? Method.names() : List.of(method == null ? "tlora" : method)) {
      counts.add(ParamsRun.count(model, method(name), labels, Environment.current()));
    }
    console.answer(json, compare ? counts : counts.get(0), table(counts));
    return 0;
  }

  private Method method(String name) {
    Layers layers = new Layers().set("adapter.method", name, "--method");
    if (rank != null) {
      layers.set("adapter.rank", rank, "--rank");
    }
    if (targets != null) {
      layers.set("adapter.targets", "[" + targets + "]", "--targets");
    }
    return layers.resolve().adapter();
  }

  private static String table(List<ParamsRun.Count> counts) {
    StringBuilder table = new StringBuilder(counts.get(0).model());
    String form = "%n%-8s %5s %13s %11s %13s %15s %13s";
    table.append(
        String.format(form, "method", "rank", "adapter", "head", "trainable", "total", "fixed"));
    for (ParamsRun.Count count : counts) {
      table.append(
          String.format(
              Locale.ROOT,
              form,
              count.method(),
              count.rank(),
              Quantity.number(count.adapter()),
              Quantity.number(count.head()),
              Quantity.number(count.trainable()),
              Quantity.number(count.total()),
              Quantity.number(count.fixed())));
    }
    return table.toString();
  }
}
