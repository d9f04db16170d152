package io.github.tlora.run;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.config.RunConfig;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.BatchLimit;
import io.github.tlora.data.Batches;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Example;
import io.github.tlora.data.Glue;
import io.github.tlora.data.Rows;
import io.github.tlora.data.Task;
import io.github.tlora.data.Tokenizer;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.SplitMix64;
import io.github.tlora.tensor.Torch;
import io.github.tlora.train.Evaluator;
import io.github.tlora.train.Event;
import io.github.tlora.train.StageTimes.Stage;
import io.github.tlora.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Measures training steps: the very loop that {@code train} runs, on the same kind of rows. */
public final class BenchRun {
  /** Of so many rows the batches are as those of more; the tokens of more take their time. */
  private static final int MOST_ROWS = 20_000;

  private final RunConfig config;
  private final Options options;
  private final Environment environment;
  private final Task task;
  private final ModelFiles files;
  private final SequenceClassifier model;

  /**
   * What is measured.
   *
   * @param steps training steps that count
   * @param warmUp steps before them that do not
   * @param tokens tokens of every row, which is then made up; null takes the task's rows
   * @param random whether the base is made up, so that a shape needs no checkpoint
   * @param batches where the batches are written, a line each, for another program to measure; null
   *     writes none
   */
  public record Options(int steps, int warmUp, Integer tokens, boolean random, Path batches) {
    public Options {
      if (steps < 1 || warmUp < 1) {
        throw UserError.usage("--steps and --warm-up must be at least 1");
      }
      if (tokens != null && tokens < 4) {
        throw UserError.usage("--tokens must be at least 4, got " + tokens);
      }
      if (random && tokens == null) {
        throw UserError.usage(
            "--random makes up weights, which say nothing of a text: add --tokens");
      }
    }
  }

  /**
   * What came of it.
   *
   * @param rows whose they are, or that they were made up
   * @param threads of the process
   * @param batchSize the most rows a batch; null where only tokens are limited
   * @param batchTokens the most tokens a batch, padding counted; null where only rows are limited
   * @param padding share of the computed tokens that is padding
   * @param gigaflops needed floating-point operations a second, in 10^9: {@link NeededFlops}
   * @param productGigaflops what matrix products of the step's shapes reach on these threads
   * @param shareOfProducts the one over the other
   * @param stages share of the workers' time, by stage
   * @param tokenizedPerSecond tokens a second when texts are read; null for rows made up
   * @param predictedPerSecond rows a second without gradients
   * @param secondsToFirstStep from the start of the process to the end of the first step
   * @param peakBytes resident memory at its highest, 0 where the system does not tell
   * @param peakGpuBytes in use on the GPU after the last step, by all processes; null on a CPU
   */
  public record Result(
      String model,
      String method,
      String size,
      String rows,
      String device,
      int threads,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer batchSize,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer batchTokens,
      int steps,
      double stepsPerSecond,
      double examplesPerSecond,
      double tokensPerSecond,
      double padding,
      double gigaflops,
      double productGigaflops,
      double shareOfProducts,
      Map<String, Double> stages,
      @JsonInclude(JsonInclude.Include.NON_NULL) Double tokenizedPerSecond,
      double predictedPerSecond,
      double secondsToFirstStep,
      long peakBytes,
      @JsonInclude(JsonInclude.Include.NON_NULL) Long peakGpuBytes) {}

  /** Checks everything that needs no weights. */
  public BenchRun(RunConfig config, Options options, Environment places) {
    this.config = config;
    this.options = options;
    this.environment = places.on(config.device(), config.threads());
    this.task = options.tokens() == null ? TaskFile.find(config.task()) : Glue.SST2;
    this.files =
        options.random()
            ? environment.models().findShape(config.model().name())
            : environment.models().find(config.model().name());
    this.model = TrainRun.declare(config, files, task);
    int most = model.architecture().maxTokens();
    if (options.tokens() == null) {
      TrainRun.requireLength(config, files, model);
    } else if (options.tokens() > most) {
      throw UserError.usage("--tokens: " + files.id() + " takes at most " + most + " tokens");
    }
  }

  /** Measures. */
  public Result run() {
    try (NDManager manager =
        options.random() ? environment.newManager() : environment.load(model, files)) {
      if (options.random()) {
        model.makeUpBase(manager);
      }
      Seeds seeds = new Seeds(config.seed());
      model.draw(manager, seeds);
      return options.tokens() == null
          ? measureTask(seeds, manager)
          : measure(madeUp(options.tokens()), null, seeds, manager);
    }
  }

  /** More batches than are trained on, so that no epoch ends. */
  private int batchCount() {
    return (options.warmUp() + options.steps() + 1) * config.train().accumulationSteps();
  }

  private Result measureTask(Seeds seeds, NDManager manager) {
    Dataset dataset = Dataset.find(task, config.data(), environment.home());
    Integer most = config.train().maxExamples();
    List<Example> examples =
        Subset.of(
            dataset.split(Task.TRAIN).rows(),
            Math.min(MOST_ROWS, most == null ? MOST_ROWS : most),
            config.seed());
    try (RowEncoder encoder =
        new RowEncoder(
            files, model.architecture(), config.train().maxLength(), environment.tokens())) {
      long started = System.nanoTime();
      Rows rows = encoder.encode(examples);
      double seconds = (System.nanoTime() - started) / 1e9;
      long tokens = Arrays.stream(rows.lengths()).sum();
      return measure(enough(rows), tokens / seconds, seeds, manager);
    }
  }

  /** {@code rows}, over again where they are too few. */
  private Rows enough(Rows rows) {
    BatchLimit limit = config.train().batchLimit();
    int[] chosen = IntStream.range(0, rows.size()).toArray();
    while (Batches.count(rows.only(chosen).lengths(), limit) < batchCount()) {
      chosen = IntStream.range(0, 2 * chosen.length).map(i -> i % rows.size()).toArray();
    }
    return rows.only(chosen);
  }

  /** Rows of random ids, all of one length. */
  private Rows madeUp(int length) {
    SplitMix64 random = new SplitMix64(config.seed());
    int vocabulary = model.architecture().vocabSize();
    List<Tokenizer.Tokens> tokens = new ArrayList<>();
    int[] labels = new int[batchCount() * config.train().batchLimit().rowsOf(length)];
    for (int row = 0; row < labels.length; row++) {
      long[] ids = new long[length];
      Arrays.setAll(ids, i -> vocabulary / 2 + random.nextInt(vocabulary / 2)); // no special token
      tokens.add(new Tokenizer.Tokens(ids, new long[length]));
      labels[row] = row % 2;
    }
    return new Rows(tokens, labels, model.architecture().padTokenId());
  }

  private Result measure(Rows rows, Double tokenized, Seeds seeds, NDManager manager) {
    if (options.batches() != null) {
      write(rows);
    }
    Trainer trainer = new Trainer(model, config.train().stepsAlone(), seeds, manager);
    AtomicLong done = new AtomicLong();
    double[] at = new double[2]; // seconds when the steps that count begin and end
    double[] first = new double[1];
    Map<Stage, Double> before = new EnumMap<>(Stage.class);
    Map<Stage, Double> spent = new EnumMap<>(Stage.class);
    int last = options.warmUp() + options.steps();
    trainer.readingAfter(step -> step == 1 || step == options.warmUp() || step == last);
    trainer.fit(
        rows,
        Map.of(),
        task,
        event -> {
          done.set(event.step());
          if (event.step() == 1) {
            first[0] = Resources.secondsSinceStart();
          }
          if (event.step() == options.warmUp()) {
            before.putAll(trainer.times().seconds());
            at[0] = System.nanoTime() / 1e9;
          } else if (event.step() == last && event instanceof Event.Stepped) {
            at[1] = System.nanoTime() / 1e9;
            spent.putAll(trainer.times().seconds());
          }
        },
        () -> done.get() == last);
    long peak = Resources.peakResidentBytes();
    OptionalLong gpu = trainer.gpuBytes();
    spent.replaceAll((stage, seconds) -> seconds - before.get(stage));
    return result(rows, tokenized, at[1] - at[0], first[0], spent, peak, gpu, manager);
  }

  private Result result(
      Rows rows,
      Double tokenized,
      double seconds,
      double firstStep,
      Map<Stage, Double> spent,
      long peak,
      OptionalLong gpu,
      NDManager manager) {
    List<int[]> batches = counted(rows);
    int[] lengths = rows.lengths();
    NeededFlops flops = new NeededFlops(model);
    double needed = 0;
    long tokens = 0;
    long computed = 0;
    long examples = 0;
    for (int[] batch : batches) {
      int[] ofBatch = Arrays.stream(batch).map(row -> lengths[row]).toArray();
      needed += flops.ofStep(ofBatch);
      tokens += Arrays.stream(ofBatch).sum();
      computed += (long) rows.longest(batch) * batch.length;
      examples += batch.length;
    }
    double all = spent.values().stream().mapToDouble(Double::doubleValue).sum();
    double rate = needed / seconds / 1e9;
    double products =
        ProductRate.measure(
            model, config.train().precision(), computed / (double) batches.size(), manager);
    return new Result(
        files.id() + (options.random() ? " (made-up weights)" : ""),
        config.adapter().methodName(),
        config.adapter().size(),
        options.tokens() == null ? task.key() : "made up, " + options.tokens() + " tokens",
        environment.device(),
        Torch.threads(),
        config.train().batchSize(),
        config.train().batchTokens(),
        options.steps(),
        options.steps() / seconds,
        examples / seconds,
        tokens / seconds,
        1 - tokens / (double) computed,
        rate,
        products,
        rate / products,
        shares(spent, all),
        tokenized,
        predicted(rows, batches, manager),
        firstStep,
        peak,
        gpu.isPresent() ? gpu.getAsLong() : null);
  }

  /** The batches of the steps that count. */
  private List<int[]> counted(Rows rows) {
    List<int[]> batches = batches(rows);
    return batches.subList(options.warmUp() * config.train().accumulationSteps(), batches.size());
  }

  /** The batches of all steps, as {@link Trainer} makes them. */
  private List<int[]> batches(Rows rows) {
    int steps = options.warmUp() + options.steps();
    SplitMix64 random = new Seeds(config.seed()).stream("shuffle/0");
    return Batches.shuffled(rows.lengths(), config.train().batchLimit(), random)
        .subList(0, steps * config.train().accumulationSteps());
  }

  /**
   * A batch as other programs read it: {@code {"ids": [[...]], "types": [[...]], "labels": []}}.
   */
  private record Batch(long[][] ids, long[][] types, int[] labels) {}

  private void write(Rows rows) {
    List<String> lines = new ArrayList<>();
    for (int[] batch : batches(rows)) {
      lines.add(
          Json.line(
              new Batch(
                  Arrays.stream(batch)
                      .mapToObj(row -> rows.tokens().get(row).ids())
                      .toArray(long[][]::new),
                  Arrays.stream(batch)
                      .mapToObj(row -> rows.tokens().get(row).typeIds())
                      .toArray(long[][]::new),
                  Arrays.stream(batch).map(row -> rows.labels()[row]).toArray())));
    }
    try {
      Files.write(options.batches(), lines);
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE, options.batches() + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static Map<String, Double> shares(Map<Stage, Double> seconds, double all) {
    Map<String, Double> shares = new LinkedHashMap<>();
    seconds.forEach((stage, spent) -> shares.put(Setting.word(stage), spent / all));
    return shares;
  }

  /** Rows a second without gradients. */
  private double predicted(Rows rows, List<int[]> batches, NDManager manager) {
    int[] chosen = batches.stream().flatMapToInt(Arrays::stream).toArray();
    Rows some = rows.only(chosen);
    long started = System.nanoTime();
    Evaluator.logits(model, some, config.train().evalBatchSize(), manager);
    return chosen.length / ((System.nanoTime() - started) / 1e9);
  }
}
