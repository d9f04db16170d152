package io.github.tlora.cli;

import io.github.tlora.run.Environment;
import io.github.tlora.run.ExportRun;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tlora export}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    header = "Write the bundled encoder as a Hugging Face checkpoint, or one of random weights.",
    footer = {
      "",
      "Examples:",
      "  tlora export -o all-MiniLM-L6-v2",
      "  tlora export --random roberta-large -o random-large"
    })
final class ExportCommand implements Callable<Integer> {
  private final Console console;

  @Heading("Output")
  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "The checkpoint's directory; must not exist.")
  private Path output;

  @Heading("Weights")
  @Option(
      names = "--random",
      paramLabel = "MODEL",
      description =
          "Write a checkpoint of MODEL's shape with random weights and a tokenizer of single bytes,"
              + " to measure time and memory with.")
  private String random;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of the random weights (default: 0).")
  private long seed;

  @Heading("Output")
  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  ExportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ExportRun.Result result =
        random == null
            ? ExportRun.export(output)
            : ExportRun.random(random, seed, output, Environment.current());
    console.answer(
        json,
        result,
        result.output() + ": " + result.model() + ", " + result.tensors() + " tensors");
    return 0;
  }
}
