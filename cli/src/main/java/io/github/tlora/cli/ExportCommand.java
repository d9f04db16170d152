package io.github.tlora.cli;

import io.github.tlora.run.ExportRun;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tlora export}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    header = "Write the bundled encoder as a Hugging Face checkpoint.",
    footer = {"", "Example:", "  tlora export -o all-MiniLM-L6-v2"})
final class ExportCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "The checkpoint's directory; must not exist.")
  private Path output;

  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  ExportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ExportRun.Result result = ExportRun.export(output);
    console.answer(
        json,
        result,
        result.output() + ": " + result.model() + ", " + result.tensors() + " tensors");
    return 0;
  }
}
