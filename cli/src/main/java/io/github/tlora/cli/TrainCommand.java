package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.config.RunConfig;
import io.github.tlora.run.Environment;
import io.github.tlora.run.RunDirectory;
import io.github.tlora.run.TrainResult;
import io.github.tlora.run.TrainRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tlora train}. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    header = "Train an adapter.",
    footer = {
      "",
      "Examples:",
      "  tlora train --task sst2 --rank 8",
      "  tlora train --task sst2 --data glue/SST-2 --method lora -o runs/lora",
      "  tlora train -c configs/tiny/smoke.yaml --seed 1 --set train.epochs=3"
    })
final class TrainCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;
  @Mixin private ConfigOptions options;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Run directory; must not exist (default: a new one under runs/).")
  private Path output;

  @Option(names = "--dry-run", description = "Print the plan, train nothing.")
  private boolean dryRun;

  @Option(
      names = "--probe",
      description =
          "With --dry-run: load the weights, make a few steps, two of them on the longest rows, "
              + "and tell what memory and time the run takes. Nothing is written.")
  private boolean probe;

  @Option(names = "--json", description = "Answer with the content of result.json.")
  private boolean json;

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (probe && !dryRun) {
      throw UserError.usage("--probe measures for a plan: add --dry-run");
    }
    RunConfig config = options.resolve();
    if (output != null) {
      RunDirectory.requireNew(output);
    }
    TrainRun run = new TrainRun(config, Environment.current());
    if (dryRun) {
      TrainRun.Plan plan = probe ? run.probe() : run.plan();
      console.answer(json, plan, Panel.of(plan));
      return 0;
    }
    List<String> argv = spec.root().commandLine().getParseResult().originalArgs();
    Optional<TrainResult> result;
    try (Stopper stopper = Stopper.onSignals(console);
        Progress progress = new Progress(console, run.plan())) {
      Runnable ready = () -> console.say(Panel.of(run.plan()));
      result = run.run(output, argv, ready, progress, stopper::isAsked);
    }
    if (result.isEmpty()) {
      return Stopper.EXIT_CODE;
    }
    console.answer(json, result.get(), Panel.of(result.get()));
    return 0;
  }
}
