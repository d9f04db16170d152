package io.github.tlora.run;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.config.ConfigWriter;
import io.github.tlora.config.RunConfig;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Example;
import io.github.tlora.data.Rows;
import io.github.tlora.data.TableTask;
import io.github.tlora.data.Task;
import io.github.tlora.metric.Metric;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.LabelMap;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Role;
import io.github.tlora.provenance.RunProvenance;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import io.github.tlora.train.Event;
import io.github.tlora.train.Trainer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Trains an adapter: from a configuration to a run directory. */
public final class TrainRun {
  private final RunConfig config;
  private final Environment environment;
  private final Task task;
  private final Dataset dataset;
  private final Dataset.Split train;
  private final Map<String, Dataset.Split> dev = new LinkedHashMap<>();
  private final List<Example> trainRows;
  private final ModelFiles files;
  private final SequenceClassifier model;
  private final Optional<InitFrom> initFrom;

  /**
   * What is about to be trained.
   *
   * @param trainRows rows that are used
   * @param skippedRows short rows of the files that were left out
   * @param devFraction share of the training rows that were drawn for dev; null where it has a file
   * @param trainable elements that the optimizer changes
   * @param total base, adapter, fixed and head
   * @param steps optimizer steps
   * @param headForm the head's settings with everything decided
   * @param isComplete whether weights and tokenizer are here; without them only the shape is known
   * @param memory an estimate
   * @param start where the first values come from; null for a training that starts anew
   */
  public record Plan(
      RunConfig config,
      String model,
      String data,
      boolean sample,
      int trainRows,
      int devRows,
      int skippedRows,
      @JsonInclude(JsonInclude.Include.NON_NULL) Double devFraction,
      long adapter,
      long head,
      long trainable,
      long total,
      long steps,
      HeadSettings headForm,
      boolean isComplete,
      MemoryEstimate memory,
      @JsonInclude(JsonInclude.Include.NON_NULL) InitFrom.Start start) {}

  /**
   * Checks everything that needs no weights: task, data, model, targets.
   *
   * @throws UserError for whatever is wrong, before anything is written
   */
  public TrainRun(RunConfig config, Environment places) {
    this.environment = places.on(config.device(), config.threads());
    this.task = TaskFile.find(config.task());
    this.config = config;
    this.dataset = Dataset.find(task, config.data(), environment.home());
    this.train = dataset.split("train");
    for (String split : dataset.devSplits()) {
      dev.put(split, dataset.split(split));
    }
    this.trainRows = Subset.of(train.rows(), config.train().maxExamples(), config.seed());
    this.files = environment.models().findShape(config.model().name());
    HeadSettings own = files.defaultHead();
    HeadSettings head = config.head().orElse(own.kind(), own.pooling());
    this.model =
        SequenceClassifier.declare(
                files.architecture(),
                head,
                LabelMap.of(head, task.labels(), files.config(), files.id()),
                config.adapter())
            .keepBaseAs(config.model().dtype());
    model.requireTargets(config.adapter().targets(), config.adapter().patterns());
    model.trainByRole();
    this.initFrom =
        Optional.ofNullable(config.initFrom()).map(run -> InitFrom.of(run, config.adapter()));
    config.train().classWeights(task, model.labels().logits());
    if (config.train().maxLength() > model.architecture().maxTokens()) {
      throw UserError.usage(
          "train.max_length: "
              + config.train().maxLength()
              + " is more than the "
              + model.architecture().maxTokens()
              + " tokens that "
              + files.id()
              + " takes. Give --max-length "
              + model.architecture().maxTokens()
              + " or less");
    }
  }

  /** Of two dev splits the hash of both hashes, one after the other. */
  private String devHash() {
    List<String> hashes = dev.values().stream().map(Dataset.Split::sha256).toList();
    return hashes.size() == 1 ? hashes.get(0) : Sha256.of(String.join("", hashes));
  }

  private int skippedRows() {
    return train.skipped() + dev.values().stream().mapToInt(Dataset.Split::skipped).sum();
  }

  public Plan plan() {
    return new Plan(
        config,
        files.id(),
        dataset.name(),
        dataset.isSample(),
        trainRows.size(),
        dev.values().stream().mapToInt(split -> split.rows().size()).sum(),
        skippedRows(),
        dataset.drawsDev() ? ((TableTask) task).devFraction() : null,
        model.adapterCount(),
        model.params().count(Role.HEAD),
        model.params().count(param -> param.isTrained()),
        model.params().count(param -> true),
        Trainer.totalSteps(trainRows.size(), config.train()),
        model.headSettings(),
        files.isComplete(),
        MemoryEstimate.of(
            model,
            config.train().batchSize(),
            trainRows.stream().mapToInt(Example::characters).max().orElse(0),
            config.train().maxLength()),
        initFrom.map(other -> other.start(model)).orElse(null));
  }

  /** The directory's name where none is given: task, model, method, its size, seed. */
  private String derivedName() {
    String base = config.model().name().replaceAll("/+$", "").replaceFirst(".*/", "");
    Method method = config.adapter();
    return Stream.of(task.key(), base, method.methodName(), method.label(), "s" + config.seed())
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining("-"));
  }

  /**
   * Trains, and writes the run directory.
   *
   * @param output the directory, which must not exist; null makes {@code runs/...}
   * @param argv the command line, for the manifest
   * @param ready called when everything is loaded and checked, before the first step
   * @param listener hears every step and evaluation
   * @param stop asked before every step; true ends the run early
   * @return the result; empty when the run was told to stop
   */
  public Optional<TrainResult> run(
      Path output,
      List<String> argv,
      Runnable ready,
      Consumer<Event> listener,
      BooleanSupplier stop) {
    if (output != null) {
      RunDirectory.requireNew(output);
    }
    environment.applyThreads();
    try (NDManager manager = Torch.newManager(environment.device());
        RowEncoder encoder =
            new RowEncoder(
                files, model.architecture(), config.train().maxLength(), environment.tokens())) {
      try (WeightSource weights = files.openWeights()) {
        model.load(weights, manager);
      }
      Seeds seeds = new Seeds(config.seed());
      initFrom.ifPresent(other -> other.fill(model, manager));
      model.draw(manager, seeds);
      Rows trainTokens = encoder.encodeSplit(trainRows);
      Map<String, Rows> devTokens = new LinkedHashMap<>();
      dev.forEach((split, rows) -> devTokens.put(split, encoder.encodeSplit(rows.rows())));
      RunDirectory directory =
          output == null
              ? RunDirectory.createNext(Path.of("runs"), derivedName())
              : RunDirectory.create(output);
      ready.run();
      return new Recorder(directory, argv)
          .record(
              new Trainer(model, config.train(), seeds, manager),
              trainTokens,
              devTokens,
              listener,
              stop);
    }
  }

  /** What the run starts from; its weights are loaded. */
  RunProvenance provenance() {
    Map<String, Dataset.Split> splits = new LinkedHashMap<>();
    splits.put(Task.TRAIN, train);
    splits.putAll(dev);
    return Origin.of(
        config,
        environment,
        dataset,
        splits,
        trainRows.size(),
        files,
        model,
        initFrom.map(other -> other.start(model).sha256()).orElse(null));
  }

  /** Writes the run directory while training goes on. */
  private final class Recorder {
    private final RunDirectory directory;
    private final RunProvenance provenance;
    private Manifest manifest;
    private TrainResult.Score best;
    private TrainResult.Score last;
    private double timeToFirstStep;

    Recorder(RunDirectory directory, List<String> argv) {
      this.directory = directory;
      directory.write(RunDirectory.CONFIG, ConfigWriter.toYaml(config));
      if (task instanceof TableTask own) {
        directory.write(RunDirectory.TASK, TaskFile.toYaml(own));
      }
      manifest =
          Manifest.started(
              Instant.now().toString(),
              argv,
              environment,
              config.seed(),
              new Manifest.Hashes(
                  train.sha256(),
                  devHash(),
                  model.baseHash(),
                  initFrom.map(other -> other.start(model).sha256()).orElse(null)));
      directory.write(RunDirectory.MANIFEST, Json.pretty(manifest) + "\n");
      provenance = provenance();
      directory.write(RunDirectory.PROVENANCE, provenance.toJson() + "\n");
    }

    Optional<TrainResult> record(
        Trainer trainer,
        Rows trainTokens,
        Map<String, Rows> devTokens,
        Consumer<Event> listener,
        BooleanSupplier stop) {
      try {
        directory.log("training " + plan());
        Trainer.Outcome outcome =
            trainer.fit(
                trainTokens,
                devTokens,
                task,
                event -> {
                  hear(event);
                  listener.accept(event);
                },
                stop);
        if (!outcome.isComplete()) {
          end("interrupted");
          return Optional.empty();
        }
        directory.write(
            RunDirectory.PROVENANCE,
            provenance.with(Origin.outcome(directory.path())).toJson() + "\n");
        TrainResult result = result(outcome);
        directory.write(RunDirectory.RESULT, Json.pretty(result) + "\n");
        end("complete");
        return Optional.of(result);
      } catch (RuntimeException e) {
        directory.log(e);
        end("failed");
        throw e;
      }
    }

    private void hear(Event event) {
      directory.metric(event);
      if (event instanceof Event.Evaluated evaluated) {
        last =
            new TrainResult.Score(
                evaluated.step(), evaluated.epoch(), evaluated.metrics(), evaluated.warnings());
        AdapterFile.write(directory.last(), model, adapterConfig(), files);
        if (evaluated.isBest()) {
          best = last;
          AdapterFile.write(directory.adapter(), model, adapterConfig(), files);
          ScoredRows.write(evaluated.scored(), directory);
        }
        directory.log("evaluated " + Json.line(last));
      } else if (event.step() == 1) {
        timeToFirstStep = Resources.secondsSinceStart();
      }
    }

    private void end(String how) {
      manifest = manifest.ended(Instant.now().toString(), how);
      directory.write(RunDirectory.MANIFEST, Json.pretty(manifest) + "\n");
      directory.log(how);
    }

    private AdapterConfig adapterConfig() {
      return new AdapterConfig(
          config.adapter(),
          AdapterConfig.BaseModel.of(config.model().name(), files, config.model().dtype(), model),
          task.key(),
          task.labels(),
          model.headSettings(),
          config.train().maxLength(),
          fixedSeed(),
          task instanceof TableTask own ? own.withoutFiles() : null);
    }

    /** What frozen matrices are drawn with: those of another adapter came from its seed. */
    private long fixedSeed() {
      return initFrom.map(other -> other.config().seed()).orElse(config.seed());
    }

    /** After training, so that nothing waits for it; once for the same rows. */
    private Optional<BaselineRun.Result> baseline() {
      return config.baseline()
          ? Optional.of(BaselineRun.of(dataset, trainRows, BaselineRun.rows(dev), environment))
          : Optional.empty();
    }

    private TrainResult result(Trainer.Outcome outcome) {
      Plan plan = plan();
      TableTask drawn = dataset.drawsDev() ? (TableTask) task : null;
      long peak = Resources.peakResidentBytes(); // of training alone
      Map<Metric, Double> baseline = baseline().map(BaselineRun.Result::metrics).orElse(null);
      return new TrainResult(
          directory.path().toString(),
          task.key(),
          new TrainResult.Data(
              dataset.name(),
              dataset.isSample(),
              plan.trainRows(),
              plan.devRows(),
              Sha256.of(train.sha256() + devHash()),
              skippedRows(),
              drawn == null ? null : drawn.devFraction(),
              drawn == null ? null : drawn.devSeed()),
          files.id(),
          config.adapter().methodName(),
          config.adapter().rank(),
          config.seed(),
          new TrainResult.Parameters(plan.adapter(), plan.head(), plan.trainable(), plan.total()),
          best,
          last,
          baseline,
          baseline == null ? null : best.above(baseline),
          outcome.examples() / outcome.seconds(),
          outcome.tokens() / outcome.seconds(),
          timeToFirstStep,
          Resources.secondsSinceStart(),
          peak);
    }
  }
}
