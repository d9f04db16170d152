package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.config.Layers;
import io.github.tlora.run.Environment;
import io.github.tlora.run.MethodsRun;
import io.github.tlora.run.ParamsRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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

  @Heading("What to count")
  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      defaultValue = "bundled",
      description = "A name on the hub, or a directory (default: the bundled encoder).")
  private String model;

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      completionCandidates = Words.Methods.class,
      description = "tlora (default), lora, or another one that 'tlora methods' lists.")
  private String method;

  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Rank or width of the bottleneck (default: by method).")
  private String rank;

  @Option(names = "--length", paramLabel = "L", description = "Vectors of a prefix (default: 16).")
  private String length;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Set any key of the adapter, such as adapter.alpha=layer. Repeatable.")
  private List<String> sets = new ArrayList<>();

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

  @Heading("Output")
  @Option(
      names = "--compare",
      description =
          "Every method side by side, with adapter file sizes and optimizer memory; settings go"
              + " to those that have them.")
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
      count(name).ifPresent(counts::add);
    }
    console.answer(json, compare ? counts : counts.get(0), table(counts));
    return 0;
  }

  /** The count of a method; in a comparison, empty with a word why where it does not fit. */
  private Optional<ParamsRun.Count> count(String name) {
    try {
      return Optional.of(ParamsRun.count(model, method(name), labels, Environment.current()));
    } catch (UserError e) {
      if (!compare || e.kind() != UserError.Kind.USAGE) {
        throw e;
      }
      console.warn(name + " is left out: " + e.getMessage());
      return Optional.empty();
    }
  }

  private Method method(String name) {
    Layers layers = new Layers().set("adapter.method", name, "--method");
    set(layers, name, "rank", rank, "--rank");
    set(layers, name, "length", length, "--length");
    set(layers, name, "targets", targets == null ? null : "[" + targets + "]", "--targets");
    for (String each : sets) {
      int equals = each.indexOf('=');
      if (equals < 1 || !each.startsWith("adapter.")) {
        throw UserError.usage("--set: '" + each + "' is not adapter.KEY=VALUE");
      }
      String key = each.substring("adapter.".length(), equals);
      set(layers, name, key, each.substring(equals + 1), "--set " + each);
    }
    return layers.resolve().adapter();
  }

  /** In a comparison a setting goes to the methods that have it. */
  private void set(Layers layers, String name, String key, String value, String origin) {
    if (value != null && (!compare || MethodsRun.settings(name).containsKey(key))) {
      layers.set("adapter." + key, value, origin);
    }
  }

  private static String table(List<ParamsRun.Count> counts) {
    ParamsRun.Count first = counts.get(0);
    StringBuilder table =
        new StringBuilder(first.model() + ", head " + Quantity.number(first.head()));
    String form = "%n%-16s %6s %12s %12s %13s %9s %9s";
    table.append(
        String.format(
            form, "method", "size", "adapter", "trainable", "total", "file", "optimizer"));
    for (ParamsRun.Count count : counts) {
      table.append(
          String.format(
              Locale.ROOT,
              form,
              count.method(),
              label(count.size()),
              Quantity.number(count.adapter()),
              Quantity.number(count.trainable()),
              Quantity.number(count.total()),
              Quantity.size(count.fileBytes()),
              Quantity.size(count.optimizerBytes())));
    }
    return table.toString();
  }

  /** {@code rank 8} is r8; what takes more room is left to JSON. */
  private static String label(String size) {
    return size.contains("+") ? "" : size.replaceFirst("^(\\w)\\w* ", "$1");
  }
}
