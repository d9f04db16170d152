package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.config.RunConfig;
import io.github.tlora.run.BenchRun;
import io.github.tlora.run.Environment;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tlora bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    header = "Measure training steps: speed, memory, and where the time goes.",
    description =
        "Runs the steps that train would run, and tells how near they come to what matrix"
            + " products alone reach on this machine.",
    footer = {
      "",
      "Examples:",
      "  tlora bench --method lora --data glue/SST-2",
      "  tlora bench --model roberta-base --random --batch-size 16 --tokens 64",
      "  tlora bench --method full --steps 5 --json"
    })
final class BenchCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ConfigOptions options;

  @Heading("Measurement")
  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "45",
      description = "Steps that count (default: 45).")
  private int steps;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "5",
      description = "Steps before them that do not (default: 5).")
  private int warmUp;

  @Option(
      names = "--tokens",
      paramLabel = "T",
      description = "Make up rows of so many tokens each (default: the task's rows).")
  private Integer tokens;

  @Option(
      names = "--random",
      description = "Make up the weights: a known shape needs no checkpoint.")
  private boolean random;

  @Option(
      names = "--batches",
      paramLabel = "FILE",
      description = "Write the batches to FILE, a JSON line each, for another program.")
  private Path batches;

  @Heading("Output")
  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  BenchCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    RunConfig config = options.resolve();
    BenchRun run =
        new BenchRun(
            config,
            new BenchRun.Options(steps, warmUp, tokens, random, batches),
            Environment.current());
    BenchRun.Result result = run.run();
    console.answer(json, result, text(result, config.train().batchLimit().label()));
    return 0;
  }

  private static String text(BenchRun.Result result, String batch) {
    return String.format(
        Locale.ROOT,
        """
        model       %s, %s %s, %s
        rows        %s a step: %s, padding %.1f %%
        training    %.2f steps/s, %.1f examples/s, %,.0f tokens/s
        arithmetic  %.0f GFLOP/s needed, of %.0f that matrix products reach: %.0f %%
        time        %s%s
        prediction  %.1f examples/s
        start       %.1f s to the end of the first step
        memory      %s at the peak%s\
        """,
        result.model(),
        result.method(),
        result.size(),
        result.device()
            + ", "
            + result.threads()
            + (result.threads() == 1 ? " thread" : " threads"),
        batch,
        result.rows(),
        100 * result.padding(),
        result.stepsPerSecond(),
        result.examplesPerSecond(),
        result.tokensPerSecond(),
        result.gigaflops(),
        result.productGigaflops(),
        100 * result.shareOfProducts(),
        stages(result.stages()),
        result.tokenizedPerSecond() == null
            ? ""
            : String.format(Locale.ROOT, "; texts %,.0f tokens/s", result.tokenizedPerSecond()),
        result.predictedPerSecond(),
        result.secondsToFirstStep(),
        Quantity.bytes(result.peakBytes()),
        result.peakGpuBytes() == null
            ? ""
            : ", of the GPU's " + Quantity.bytes(result.peakGpuBytes()));
  }

  private static String stages(Map<String, Double> shares) {
    return shares.entrySet().stream()
        .map(
            share ->
                String.format(Locale.ROOT, "%s %.0f %%", share.getKey(), 100 * share.getValue()))
        .collect(Collectors.joining(", "));
  }
}
