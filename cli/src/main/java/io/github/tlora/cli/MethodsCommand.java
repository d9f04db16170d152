package io.github.tlora.cli;

import io.github.tlora.run.MethodsRun;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tlora methods}. */
@Command(
    name = "methods",
    mixinStandardHelpOptions = true,
    header = "List the fine-tuning methods.",
    description = {
      "By the names that --method and adapter.method take. 'merges': tlora merge adds it to the"
          + " encoder's weights. 'lora': tlora convert makes an exact LoRA of it.",
      "With --json every setting and its default too."
    },
    footer = {"", "Examples:", "  tlora methods", "  tlora methods --json"})
final class MethodsCommand implements Callable<Integer> {
  private final Console console;

  @Option(names = "--json", description = "Answer as a JSON array.")
  private boolean json;

  MethodsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<MethodsRun.Entry> methods = MethodsRun.list();
    console.answer(json, methods, table(methods));
    return 0;
  }

  private static String table(List<MethodsRun.Entry> methods) {
    StringBuilder table = new StringBuilder(row("method", "merges", "lora", ""));
    for (MethodsRun.Entry entry : methods) {
      table
          .append(System.lineSeparator())
          .append(
              row(
                  entry.method(),
                  entry.merges() ? "yes" : "no",
                  entry.convertsToLora() ? "yes" : "no",
                  entry.summary()));
    }
    return table.toString();
  }

  private static String row(String method, String merges, String lora, String summary) {
    return String.format(Locale.ROOT, "%-16s  %-6s  %-4s  %s", method, merges, lora, summary)
        .stripTrailing();
  }
}
