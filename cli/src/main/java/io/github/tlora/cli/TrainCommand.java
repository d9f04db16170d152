package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.config.Layers;
import io.github.tlora.config.RunConfig;
import io.github.tlora.run.Environment;
import io.github.tlora.run.Preflight;
import io.github.tlora.run.RunDirectory;
import io.github.tlora.run.SeedsRun;
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
    header = "Train an adapter.",
    footer = {
      "",
      "Examples:",
      "  tlora train --task sst2 --rank 8",
      "  tlora train --task sst2 --data glue/SST-2 --method lora -o runs/lora",
      "  tlora train -c configs/tiny/smoke.yaml --seed 1 --set train.epochs=3",
      "  tlora train -c configs/tiny/smoke.yaml --seeds 0..4",
      "  tlora train --resume runs/lora"
    })
final class TrainCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec;
  @Mixin private ConfigOptions options;
  @Mixin private CourseOptions course;

  @Heading("Run")
  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Run directory; must not exist (default: a new one under runs/).")
  private Path output;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description = "Go on with a run that was stopped, to the bytes that it would have had.")
  private Path resumed;

  @Option(
      names = "--seeds",
      paramLabel = "LIST",
      description =
          "Train with each seed in turn, as 0..4 or 0,1,7, and tell median, mean and standard"
              + " deviation. With -o the runs are DIR/s0, DIR/s1, ...")
  private String seeds;

  @Option(
      names = {"-n", "--dry-run"},
      description = "Check all that training needs, and print the plan; train nothing.")
  private boolean dryRun;

  @Option(
      names = "--probe",
      description =
          "With --dry-run: load the weights, make a few steps, two of them on the longest rows, "
              + "and tell what memory and time the run takes. Nothing is written.")
  private boolean probe;

  @Heading("Output")
  @Option(names = "--json", description = "Answer with the content of result.json.")
  private boolean json;

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    requireTogether();
    if (seeds != null) {
      return trainSeeds();
    }
    RunConfig config = config();
    if (dryRun) {
      return lookAhead(config);
    }
    if (output != null) {
      RunDirectory.requireNew(output);
    }
    TrainRun run = new TrainRun(config, Environment.current());
    Optional<TrainResult> result;
    try (Stopper stopper = Stopper.onSignals(console);
        Progress progress = new Progress(console, run.plan())) {
      Runnable ready = () -> console.say(Panel.of(run.plan()));
      result =
          resumed == null
              ? run.run(output, argv(), ready, progress, stopper::isAsked)
              : run.resume(resumed, argv(), ready, progress, stopper::isAsked);
      if (result.isEmpty()) {
        sayHowToGoOn(run.directory());
        return Stopper.EXIT_CODE;
      }
    }
    console.answer(json, result.get(), Panel.of(result.get(), console.paint()));
    return 0;
  }

  /** Of a run that goes on its own, under what else was given. */
  private RunConfig config() {
    Layers layers = new Layers();
    if (resumed != null) {
      layers.file(RunDirectory.configOf(resumed));
    }
    return course.over(options.over(layers)).resolve();
  }

  private void requireTogether() {
    if (probe && !dryRun) {
      throw UserError.usage("--probe measures for a plan: add --dry-run");
    } else if (resumed != null && (output != null || seeds != null || dryRun)) {
      throw UserError.usage(
          "--resume: the run goes on in its own directory. Leave out -o, --seeds and --dry-run");
    } else if (seeds != null && dryRun) {
      throw UserError.usage("--seeds: a plan is that of one seed. Give --seed, or leave it out");
    }
  }

  private Integer lookAhead(RunConfig config) {
    Preflight.Report report = Preflight.examine(config, Environment.current(), output, probe);
    console.answer(json, report, PreflightText.of(report, console.hasSigns()));
    if (report.failure().isPresent()) {
      throw report.failure().get();
    }
    return 0;
  }

  private Integer trainSeeds() {
    SeedsRun run = new SeedsRun(config(), SeedList.parse(seeds), Environment.current());
    Optional<SeedsRun.Result> result;
    try (Stopper stopper = Stopper.onSignals(console);
        SeedsProgress progress = new SeedsProgress(console)) {
      result = run.run(output, argv(), progress::begin, progress, stopper::isAsked);
      if (result.isEmpty()) {
        sayHowToGoOn(run.directory());
        return Stopper.EXIT_CODE;
      }
    }
    console.answer(json, result.get(), SeedsTable.of(result.get()));
    return 0;
  }

  /** While signals are still held back, so that the line comes before the end. */
  private void sayHowToGoOn(Optional<Path> run) {
    run.ifPresent(
        directory -> console.say("tlora: saved. Go on with: tlora train --resume " + directory));
  }

  private List<String> argv() {
    return spec.root().commandLine().getParseResult().originalArgs();
  }
}
