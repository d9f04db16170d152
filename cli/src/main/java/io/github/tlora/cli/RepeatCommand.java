package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.run.Difference;
import io.github.tlora.run.Environment;
import io.github.tlora.run.RepeatRun;
import io.github.tlora.run.RunDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tlora repeat}. */
@Command(
    name = "repeat",
    mixinStandardHelpOptions = true,
    header = "Train a run again and report what differs.",
    description =
        "Says first what the run started from and is not as it was: data, weights, versions,"
            + " threads. Then trains, and compares scores, every loss and the adapters' bytes."
            + " The exit code is 0 when they are identical, 1 when they differ.",
    footer = {
      "",
      "Examples:",
      "  tlora repeat runs/sst2-bundled-tlora-r8-s0",
      "  tlora repeat runs/lora -o runs/lora-again --json"
    })
final class RepeatCommand implements Callable<Integer> {
  private static final int DIFFERS = 1;

  private final Console console;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "The directory of a complete run.")
  private Path run;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Directory of the new run; must not exist (default: as train names it).")
  private Path output;

  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  RepeatCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (output != null) {
      RunDirectory.requireNew(output);
    }
    RepeatRun repeat = new RepeatRun(run, Environment.current());
    List<String> argv = spec.root().commandLine().getParseResult().originalArgs();
    Optional<RepeatRun.Result> result;
    try (Stopper stopper = Stopper.onSignals(console);
        Progress progress = new Progress(console, repeat.plan())) {
      result = repeat.run(output, argv, this::changed, progress, stopper::isAsked);
    }
    if (result.isEmpty()) {
      return Stopper.EXIT_CODE;
    }
    console.answer(json, result.get(), text(result.get()));
    return result.get().identical() ? 0 : DIFFERS;
  }

  private void changed(List<Difference> inputs) {
    console.say(
        inputs.isEmpty()
            ? "everything that the run started from is as it was"
            : "not as it was: " + inputs.size());
    inputs.forEach(input -> console.say(line(input)));
  }

  private static String text(RepeatRun.Result result) {
    List<String> lines = new ArrayList<>();
    lines.add("run         " + result.run());
    lines.add("repeated    " + result.repeated());
    lines.add(
        "inputs      "
            + (result.inputs().isEmpty() ? "as they were" : result.inputs().size() + " changed"));
    result.inputs().forEach(input -> lines.add(line(input)));
    lines.add(
        "outcome     "
            + (result.identical()
                ? "identical: "
                : result.differences().size() + " differences in ")
            + Quantity.number(result.scores())
            + " scores, "
            + Quantity.number(result.losses())
            + " losses, "
            + result.files()
            + " files of adapters");
    result.differences().forEach(difference -> lines.add(line(difference)));
    return String.join(System.lineSeparator(), lines);
  }

  private static String line(Difference difference) {
    return "  " + difference.item() + ": " + difference.before() + " -> " + difference.now();
  }
}
