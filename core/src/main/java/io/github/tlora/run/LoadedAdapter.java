package io.github.tlora.run;

import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.config.Layers;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Example;
import io.github.tlora.data.Rows;
import io.github.tlora.data.Task;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.LabelMap;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.run.Classifier.Prediction;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.WeightSource;
import io.github.tlora.train.Evaluator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A trained adapter on its base, from files alone. */
final class LoadedAdapter implements AutoCloseable {
  /** Rows a batch outside training; it has no effect on scores. */
  static final int BATCH_SIZE = 64;

  private final Path given;
  private final AdapterConfig config;
  private final ModelFiles files;
  private final SequenceClassifier model;
  private final NDManager manager;
  private final RowEncoder encoder;

  private LoadedAdapter(
      Path given,
      AdapterConfig config,
      ModelFiles files,
      SequenceClassifier model,
      NDManager manager,
      RowEncoder encoder) {
    this.given = given;
    this.config = config;
    this.files = files;
    this.model = model;
    this.manager = manager;
    this.encoder = encoder;
  }

  /**
   * Loads an adapter and its base.
   *
   * @param runOrAdapter a run directory or an adapter's
   * @param otherModel where the base is found now, or null for where it was in training
   * @throws UserError exit 3 when a file is missing, damaged, or of another model
   */
  static LoadedAdapter open(Path runOrAdapter, String otherModel, Environment environment) {
    return open(runOrAdapter, otherModel, null, environment);
  }

  /**
   * Loads an adapter and its base.
   *
   * @param dtype how the base's matrices are kept, or null for how they were in training
   */
  static LoadedAdapter open(
      Path runOrAdapter, String otherModel, Dtype dtype, Environment environment) {
    AdapterConfig config = configOf(runOrAdapter);
    String name = otherModel == null ? config.baseModel().model() : otherModel;
    ModelFiles files = environment.models().find(name);
    SequenceClassifier model =
        declare(config, files).keepBaseAs(dtype == null ? config.baseModel().dtype() : dtype);
    NDManager manager = environment.load(model, files);
    try {
      return filled(runOrAdapter, config, files, model, manager, environment);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /** Loads an adapter onto {@code base}, which stays open. */
  static LoadedAdapter on(LoadedBase base, Path runOrAdapter) {
    AdapterConfig config = configOf(runOrAdapter);
    SequenceClassifier model = declare(config, base.files()).keepBaseAs(base.dtype());
    NDManager manager = base.manager().newSubManager();
    try {
      model.shareBase(base.model());
      if (config.head().from() == HeadSettings.From.CHECKPOINT) {
        try (WeightSource weights = base.files().openWeights()) {
          model.loadHead(weights, manager);
        }
      }
      return filled(runOrAdapter, config, base.files(), model, manager, base.environment());
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private static SequenceClassifier declare(AdapterConfig config, ModelFiles files) {
    return SequenceClassifier.declare(
        files.architecture(), config.head(), labels(config, files), config.method());
  }

  private static LoadedAdapter filled(
      Path given,
      AdapterConfig config,
      ModelFiles files,
      SequenceClassifier model,
      NDManager manager,
      Environment environment) {
    AdapterFile.load(adapterDirectory(given), config, model, manager, environment.otherBase());
    RowEncoder encoder =
        new RowEncoder(files, model.architecture(), config.maxLength(), environment.tokens());
    return new LoadedAdapter(given, config, files, model, manager, encoder);
  }

  /**
   * What the adapter in {@code runOrAdapter} says of itself.
   *
   * @throws UserError exit 3 when it is damaged, or of a task that is not known
   */
  static AdapterConfig configOf(Path runOrAdapter) {
    Path directory = adapterDirectory(runOrAdapter);
    AdapterConfig config = AdapterFile.readConfig(directory);
    Path file = AdapterFile.configFile(directory);
    if (config.definition() == null && !Task.names().contains(config.task())) {
      throw UserError.file(
          file
              + ": unknown task '"
              + config.task()
              + "'. Known tasks: "
              + String.join(", ", Task.names()));
    }
    if (taskOf(config).isRegression() != config.labels().isEmpty()) {
      throw UserError.file(
          file
              + ": labels: "
              + (config.labels().isEmpty()
                  ? "there are none, but task " + config.task() + " has classes"
                  : "there are "
                      + config.labels().size()
                      + ", but task "
                      + config.task()
                      + " is a regression, which has none")
              + ". The file was changed: take it from its run again");
    }
    return config;
  }

  private static LabelMap labels(AdapterConfig config, ModelFiles files) {
    try {
      return LabelMap.of(config.head(), config.labels(), files.config(), files.id());
    } catch (UserError e) {
      throw new UserError(
          UserError.Kind.FILE,
          files.id()
              + ": the adapter needs the head of "
              + config.baseModel().id()
              + (config.labels().isEmpty()
                  ? " of one logit"
                  : " with the labels " + String.join(", ", config.labels()))
              + "; the head here has "
              + String.join(", ", LabelMap.ownLabels(files.config(), files.id()))
              + ". Give its own model with --model",
          e);
    }
  }

  /** The adapter's directory, where {@code given} is one or a run's. */
  static Path adapterDirectory(Path given) {
    if (AdapterFile.isIn(given)) {
      return given;
    }
    Path inside = given.resolve(RunDirectory.ADAPTER);
    if (AdapterFile.isIn(inside)) {
      return inside;
    }
    throw UserError.file(
        given
            + ": is neither a run directory nor an adapter's: there is no "
            + AdapterFile.CONFIG
            + " in it or in its "
            + RunDirectory.ADAPTER
            + "/");
  }

  /** Where its files are. */
  Path directory() {
    return adapterDirectory(given);
  }

  AdapterConfig config() {
    return config;
  }

  ModelFiles files() {
    return files;
  }

  SequenceClassifier model() {
    return model;
  }

  NDManager manager() {
    return manager;
  }

  Task task() {
    return taskOf(config);
  }

  private static Task taskOf(AdapterConfig config) {
    return config.definition() != null ? config.definition() : Task.named(config.task());
  }

  /** The data given, else those of the run, else where the task's data are by default. */
  Dataset dataset(String data, Environment environment) {
    if (data != null) {
      return Dataset.given(task(), data, environment.home());
    }
    Task task = fileOfRun(RunDirectory.TASK).<Task>map(TaskFile::read).orElse(task());
    String ofRun =
        fileOfRun(RunDirectory.CONFIG)
            .map(file -> new Layers().file(file).resolve().data())
            .orElse(null);
    return Dataset.find(task, ofRun, environment.home());
  }

  private Optional<Path> fileOfRun(String name) {
    return Stream.of(given, given.toAbsolutePath().normalize().getParent())
        .filter(run -> run != null)
        .map(run -> run.resolve(name))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /**
   * Checks that rows have as many texts as the task takes.
   *
   * @throws UserError exit 2 when they have not
   */
  void requireTexts(boolean pairs) {
    if (pairs != task().isPair()) {
      throw UserError.usage(
          "task "
              + config.task()
              + (task().isPair()
                  ? " takes two texts together; only one was given"
                  : " takes single texts; pairs were given"));
    }
  }

  /** One prediction a row, in order. */
  List<Prediction> predictions(Rows rows) {
    float[][] logits = Evaluator.logits(model, rows, BATCH_SIZE, manager);
    return Arrays.stream(logits).map(this::prediction).toList();
  }

  /** What a row's logits say. */
  Prediction prediction(float[] logits) {
    if (task().isRegression()) {
      return new Prediction(null, Map.of(), (double) logits[0]);
    }
    List<String> labels = config.labels();
    double[] shares = Evaluator.probabilities(logits);
    Map<String, Double> probabilities = new LinkedHashMap<>();
    for (int i = 0; i < labels.size(); i++) {
      probabilities.put(labels.get(i), shares[i]);
    }
    return new Prediction(
        labels.get(Evaluator.highest(logits, labels.size())), probabilities, null);
  }

  Rows rows(List<Example> examples) {
    return encoder.encode(examples);
  }

  /** The same for rows of a split, whose tokens are kept for the next run. */
  Rows rowsOfSplit(List<Example> examples) {
    return encoder.encodeSplit(examples);
  }

  @Override
  public void close() {
    encoder.close();
    manager.close();
  }
}
