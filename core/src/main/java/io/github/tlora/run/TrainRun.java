package io.github.tlora.run;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.config.RunConfig;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.BatchLimit;
import io.github.tlora.data.Batches;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Example;
import io.github.tlora.data.Rows;
import io.github.tlora.data.TableTask;
import io.github.tlora.data.Task;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.LabelMap;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.provenance.RunProvenance;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.WeightSource;
import io.github.tlora.train.Event;
import io.github.tlora.train.Trainer;
import java.nio.file.Path;
import java.util.Arrays;
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
  private final Optional<InitFrom.Start> start;
  private int[] lengths; // of trainRows in tokens; null until they are needed
  private Path directory; // null until training begins

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
   * @param memory an estimate, or from {@code probe}'s measurement
   * @param probe what a few steps showed; null where none were made
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
      @JsonInclude(JsonInclude.Include.NON_NULL) Probe.Result probe,
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
    this.model = declare(config, files, task);
    this.initFrom =
        Optional.ofNullable(config.initFrom()).map(run -> InitFrom.of(run, config.adapter()));
    this.start = initFrom.map(other -> other.start(model));
    config.train().classWeights(task, model.labels().logits());
    config.train().evaluation().requireScoreOf(task);
    requireLength(config, files, model);
  }

  /** The model that {@code config} trains, without values. */
  static SequenceClassifier declare(RunConfig config, ModelFiles files, Task task) {
    HeadSettings own = files.defaultHead();
    HeadSettings head = config.head().orElse(own.kind(), own.pooling());
    SequenceClassifier model =
        SequenceClassifier.declare(
                files.architecture(),
                head,
                LabelMap.of(head, task.labels(), files.config(), files.id()),
                config.adapter())
            .keepBaseAs(config.model().dtype())
            .computeIn(config.train().precision());
    model.requireTargets(config.adapter().targets(), config.adapter().patterns());
    model.trainByRole();
    return model;
  }

  /** Refuses rows that may be longer than the model takes. */
  static void requireLength(RunConfig config, ModelFiles files, SequenceClassifier model) {
    int most = model.architecture().maxTokens();
    if (config.train().maxLength() > most) {
      throw UserError.usage(
          "train.max_length: "
              + config.train().maxLength()
              + " is more than the "
              + most
              + " tokens that "
              + files.id()
              + " takes. Give --max-length "
              + most
              + " or less");
    }
  }

  /** Of two dev splits the hash of both hashes, one after the other. */
  String devHash() {
    List<String> hashes = dev.values().stream().map(Dataset.Split::sha256).toList();
    return hashes.size() == 1 ? hashes.get(0) : Sha256.of(String.join("", hashes));
  }

  int skippedRows() {
    return train.skipped() + dev.values().stream().mapToInt(Dataset.Split::skipped).sum();
  }

  /**
   * What is about to be trained. With a token budget the rows are tokenized for it.
   *
   * @throws UserError exit 2 when a row is longer than a batch may be, 3 when a token budget needs
   *     a tokenizer that is not here
   */
  public Plan plan() {
    return plan(memory(), null);
  }

  /**
   * The plan with what a few steps show of memory and time; nothing is written. The model's values
   * are changed: this run is not for training any more.
   *
   * @throws UserError when the weights are not here, or do not fit
   */
  public Plan probe() {
    try (NDManager manager = environment.load(model, files);
        RowEncoder encoder = encoder()) {
      initFrom.ifPresent(other -> other.fill(model, manager));
      model.draw(manager, new Seeds(config.seed()));
      List<Example> scored = dev.values().stream().flatMap(split -> split.rows().stream()).toList();
      long steps = Trainer.totalSteps(batches(), config.train());
      Probe.Result probe =
          new Probe(model, config, encoder, manager).run(task, trainRows, scored, steps);
      return plan(probe.memory() == null ? memory() : probe.memory(), probe);
    }
  }

  private RowEncoder encoder() {
    return new RowEncoder(
        files, model.architecture(), config.train().maxLength(), environment.tokens());
  }

  private Plan plan(MemoryEstimate memory, Probe.Result probe) {
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
        Trainer.totalSteps(batches(), config.train()),
        model.headSettings(),
        files.isComplete(),
        memory,
        probe,
        start.orElse(null));
  }

  /** Batches of an epoch. Only those of a token budget follow from the rows' tokens. */
  private int batches() {
    BatchLimit limit = config.train().batchLimit();
    return limit.isOfRows()
        ? Batches.count(trainRows.size(), limit.rows())
        : Batches.count(lengths(), limit);
  }

  private MemoryEstimate memory() {
    BatchLimit limit = config.train().batchLimit();
    int longest =
        limit.isOfRows()
            ? MemoryEstimate.tokens(
                trainRows.stream().mapToInt(Example::characters).max().orElse(0),
                config.train().maxLength())
            : Arrays.stream(lengths()).max().orElse(0);
    return MemoryEstimate.of(
        model,
        limit.rowsOf(longest),
        longest,
        config.train().gradientCheckpointing(),
        environment.threads() == null
            ? Runtime.getRuntime().availableProcessors()
            : environment.threads());
  }

  /** Tokens of each training row. */
  int[] lengths() {
    if (lengths == null) {
      try (RowEncoder encoder = encoder()) {
        lengths = encoder.encodeSplit(trainRows).lengths();
      }
    }
    return lengths;
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
    try (NDManager manager = environment.load(model, files)) {
      return run(manager, output, argv, ready, listener, stop);
    }
  }

  /** Loads the base, of which {@link #loadOn} can make others'; the caller closes it. */
  NDManager load() {
    return environment.load(model, files);
  }

  /**
   * Takes the base's frozen values from {@code other}, which differs from this run in its seed
   * alone; what the method trains of the base is loaded anew.
   *
   * @param base the other's
   * @return what this run's own values live on, which the caller closes
   */
  NDManager loadOn(TrainRun other, NDManager base) {
    if (model.params().of(Role.BASE).stream().anyMatch(Param::isTrained)) {
      return environment.load(model, files);
    }
    NDManager own = base.newSubManager();
    model.shareBase(other.model);
    if (config.head().from() == HeadSettings.From.CHECKPOINT) {
      try (WeightSource weights = files.openWeights()) {
        model.loadHead(weights, own);
      }
    }
    return own;
  }

  /** As the other; the base's values are there, on {@code manager}. */
  Optional<TrainResult> run(
      NDManager manager,
      Path output,
      List<String> argv,
      Runnable ready,
      Consumer<Event> listener,
      BooleanSupplier stop) {
    initFrom.ifPresent(other -> other.fill(model, manager));
    model.draw(manager, new Seeds(config.seed()));
    Splits splits = splits();
    try (RunDirectory made =
        output == null
            ? RunDirectory.createNext(Path.of("runs"), derivedName())
            : RunDirectory.create(output)) {
      directory = made.path();
      ready.run();
      return train(manager, RunRecorder.begin(this, made, argv), splits, listener, stop);
    }
  }

  /**
   * Goes on with a run that ended before its last step, to the same bytes as without the
   * interruption.
   *
   * @param run the directory of a run of this configuration
   * @return the result; empty when the run was told to stop once more
   * @throws UserError exit 2 when the run is complete, in use, or began with other data or weights
   */
  public Optional<TrainResult> resume(
      Path run, List<String> argv, Runnable ready, Consumer<Event> listener, BooleanSupplier stop) {
    Resumption from = Resumption.of(run, config);
    try (RunDirectory reopened = from.directory();
        NDManager manager = environment.load(model, files)) {
      from.requireSame(hashes());
      from.fill(model, manager);
      model.draw(manager, new Seeds(config.seed()));
      Splits splits = splits();
      directory = reopened.path();
      ready.run();
      return train(manager, RunRecorder.goOn(this, from, argv), splits, listener, stop);
    }
  }

  /** All rows in tokens. */
  private record Splits(Rows train, Map<String, Rows> dev) {}

  private Splits splits() {
    try (RowEncoder encoder = encoder()) {
      Rows tokens = encoder.encodeSplit(trainRows);
      lengths = tokens.lengths();
      config.train().batchLimit().requireRoom(lengths); // before anything is written
      Map<String, Rows> devTokens = new LinkedHashMap<>();
      dev.forEach((split, rows) -> devTokens.put(split, encoder.encodeSplit(rows.rows())));
      return new Splits(tokens, devTokens);
    }
  }

  private Optional<TrainResult> train(
      NDManager manager,
      RunRecorder recorder,
      Splits splits,
      Consumer<Event> listener,
      BooleanSupplier stop) {
    Trainer trainer = new Trainer(model, config.train(), new Seeds(config.seed()), manager);
    return recorder.record(trainer, splits.train(), splits.dev(), listener, stop);
  }

  /** The run's directory, once training has begun. */
  public Optional<Path> directory() {
    return Optional.ofNullable(directory);
  }

  /** Hashes of what it starts from; its weights are loaded. */
  Manifest.Hashes hashes() {
    return new Manifest.Hashes(
        train.sha256(),
        devHash(),
        model.baseHash(),
        start.map(InitFrom.Start::sha256).orElse(null));
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
        start.map(InitFrom.Start::sha256).orElse(null));
  }

  RunConfig config() {
    return config;
  }

  Environment environment() {
    return environment;
  }

  Task task() {
    return task;
  }

  Dataset dataset() {
    return dataset;
  }

  Dataset.Split train() {
    return train;
  }

  Map<String, Dataset.Split> dev() {
    return dev;
  }

  List<Example> trainRows() {
    return trainRows;
  }

  ModelFiles files() {
    return files;
  }

  SequenceClassifier model() {
    return model;
  }

  Optional<InitFrom> initFrom() {
    return initFrom;
  }

  Optional<InitFrom.Start> start() {
    return start;
  }
}
