package io.github.tlora.run;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.config.RunConfig;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Example;
import io.github.tlora.data.Task;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.model.Stack;
import io.github.tlora.model.WeightFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What can be known of a training before it: checks of all that it needs, its plan, and how rows
 * look to the model. A fault ends the check that met it, not the others; nothing is written.
 */
public final class Preflight {
  private final RunConfig config;
  private final Environment places;
  private final boolean probes;
  private final List<Check> checks = new ArrayList<>();
  private final List<UserError> faults = new ArrayList<>();
  private Task task;
  private Dataset dataset;
  private List<Example> rows;
  private ModelFiles files;
  private List<Sample> samples = List.of();
  private SequenceClassifier model;
  private TrainRun run;
  private TrainRun.Plan plan;

  /**
   * One check.
   *
   * @param number from 1
   * @param ok whether it is in order; null where that cannot be told
   * @param found in a line
   * @param fix what to do, in a line; null where there is nothing to do
   */
  public record Check(int number, String name, Boolean ok, String found, String fix) {}

  /**
   * A training row as the model gets it.
   *
   * @param text its beginning
   * @param pair the second text's; left out where there is none
   * @param label as people read it, or a regression's number
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Sample(String text, String pair, Object label, List<String> tokens, long[] ids) {}

  /**
   * All of it.
   *
   * @param plan null where too little is in order for one
   * @param samples none where there is no tokenizer, or are no rows
   * @param faults of the checks that failed, in their order
   */
  public record Report(
      @JsonUnwrapped TrainRun.Plan plan,
      List<Check> checks,
      List<Sample> samples,
      @JsonIgnore List<UserError> faults) {

    /** What fails the whole, with the exit code of the first check that did. */
    public Optional<UserError> failure() {
      String lines = faults.stream().map(UserError::getMessage).collect(Collectors.joining("\n"));
      return faults.stream().findFirst().map(first -> new UserError(first.kind(), lines, first));
    }
  }

  /** What a check found; {@code ok} and {@code fix} as in {@link Check}. */
  record Finding(Boolean ok, String found, String fix) {
    static Finding ok(String found) {
      return new Finding(true, found, null);
    }

    static Finding unknown(String why, String fix) {
      return new Finding(null, why, fix);
    }

    /** A fault, whose message says first what is wrong and then what to do. */
    static Finding of(UserError fault, String name) {
      String message = fault.getMessage().replaceAll("\\s*\\R\\s*", " ");
      if (message.startsWith(name + ": ")) {
        message = message.substring(name.length() + 2);
      }
      int end = message.indexOf(". ");
      return end < 0
          ? new Finding(false, message, null)
          : new Finding(false, message.substring(0, end), message.substring(end + 2));
    }
  }

  private Preflight(RunConfig config, Environment places, boolean probes) {
    this.config = config;
    this.places = places.on(config.device(), config.threads());
    this.probes = probes;
  }

  /**
   * Looks at everything.
   *
   * @param output the run's directory; null for one under runs/
   * @param probes whether a few steps are made, for memory and time
   */
  public static Report examine(RunConfig config, Environment places, Path output, boolean probes) {
    Preflight flight = new Preflight(config, places, probes);
    flight.check("configuration", flight::configuration);
    flight.check("data", flight::data);
    flight.check("model", flight::model);
    flight.check("tokenizer", flight::tokenizer);
    flight.check("targets", flight::targets);
    flight.check("length", flight::length);
    flight.check("batches", flight::batches);
    flight.check("memory", flight::memory);
    flight.check("time", flight::time);
    RunSpace space = new RunSpace(output);
    flight.check("output", space::place);
    flight.check("disk", () -> space.disk(flight.plan));
    return new Report(
        flight.plan, List.copyOf(flight.checks), flight.samples, List.copyOf(flight.faults));
  }

  private void check(String name, Supplier<Finding> look) {
    Finding finding;
    try {
      finding = look.get();
    } catch (UserError e) {
      faults.add(e);
      finding = Finding.of(e, name);
    }
    checks.add(new Check(checks.size() + 1, name, finding.ok(), finding.found(), finding.fix()));
  }

  /** Whether the model's files are here; of a directory with a config.json alone the shape is. */
  private boolean isHere() {
    boolean hasNone =
        files instanceof ModelFiles.Directory directory
            && WeightFiles.in(directory.path()).isEmpty();
    return files.isComplete() && !hasNone;
  }

  private static Finding waits(String what) {
    return Finding.unknown("not known before " + what, null);
  }

  private Finding configuration() {
    task = TaskFile.find(config.task());
    config.train().evaluation().requireScoreOf(task);
    String size = config.adapter().label().isEmpty() ? "" : " " + config.adapter().label();
    return Finding.ok(
        "task "
            + task.key()
            + ", "
            + config.adapter().methodName()
            + size
            + ", seed "
            + config.seed());
  }

  private Finding data() {
    if (task == null) {
      return waits("there is a task");
    }
    dataset = Dataset.find(task, config.data(), places.home());
    Dataset.Split train = dataset.split(Task.TRAIN);
    int dev = dataset.devSplits().stream().mapToInt(s -> dataset.split(s).rows().size()).sum();
    rows = Subset.of(train.rows(), config.train().maxExamples(), config.seed());
    return Finding.ok(
        dataset.name()
            + ": "
            + Quantity.number(rows.size())
            + " rows, "
            + Quantity.number(dev)
            + " dev; "
            + RowFacts.balance(task, rows));
  }

  private Finding model() {
    files = places.models().findShape(config.model().name());
    Stack stack = files.architecture().traits().stack();
    String shape = files.id() + ": " + stack.layers() + " layers, " + stack.width() + " wide";
    if (!isHere()) {
      return Finding.unknown(
          shape + ", the shape alone: its files are not here",
          files instanceof ModelFiles.Directory ? null : "tlora get " + files.id());
    }
    files.openWeights().close();
    return Finding.ok(shape);
  }

  private Finding tokenizer() {
    if (files == null || !isHere()) {
      return waits("the model's files are here");
    }
    try (RowEncoder encoder =
        new RowEncoder(files, files.architecture(), config.train().maxLength(), places.tokens())) {
      if (rows == null) {
        return Finding.ok("can be read");
      }
      samples = RowFacts.samples(task, rows, encoder);
    }
    return Finding.ok("gives ids that the model has; three rows are below");
  }

  private Finding targets() {
    if (files == null || task == null) {
      return waits("there are model and task");
    }
    model = TrainRun.declare(config, files, task);
    config.train().classWeights(task, model.labels().logits());
    if (config.initFrom() != null) {
      InitFrom.of(config.initFrom(), config.adapter()).start(model);
    }
    List<String> targets = config.adapter().targets();
    return Finding.ok(
        (targets.isEmpty() ? "" : String.join(", ", targets) + ": ")
            + Quantity.number(model.params().count(param -> param.isTrained()))
            + " parameters are trained");
  }

  private Finding length() {
    if (model == null) {
      return waits("there is a model");
    }
    TrainRun.requireLength(config, files, model);
    if (rows == null || rows.isEmpty()) {
      return waits("there are rows");
    }
    run = new TrainRun(config, places);
    return isHere()
        ? Finding.ok(RowFacts.cut(rows, run.lengths(), config.train().maxLength(), files))
        : waits("there is a tokenizer");
  }

  private Finding batches() {
    if (run == null) {
      return waits("there are rows and a model");
    }
    if (!isHere() && !config.train().batchLimit().isOfRows()) {
      return waits("there is a tokenizer: a batch is of tokens");
    }
    plan = run.plan();
    String steps =
        Quantity.number(plan.steps())
            + (plan.steps() == 1 ? " step of " : " steps of ")
            + config.train().batchLimit().label();
    return Finding.ok(
        isHere()
            ? String.format(
                Locale.ROOT,
                "%s; %.1f %% of the tokens are padding",
                steps,
                100 * RowFacts.padding(run.lengths(), config.train().batchLimit()))
            : steps);
  }

  private Finding memory() {
    if (plan == null) {
      return waits("there are batches");
    }
    if (probes && faults.isEmpty() && isHere()) {
      plan = run.probe();
    }
    if (!config.device().equals("cpu")) {
      return Finding.unknown("not told of a GPU before training", null);
    }
    long needed = plan.memory().total();
    long available = Resources.availableBytes();
    String found =
        (plan.probe() == null ? "about " : "")
            + Quantity.bytes(needed)
            + " of "
            + Quantity.bytes(available)
            + " that are available";
    if (needed <= available) {
      return Finding.ok(found);
    }
    String fix = "Give --batch-size or --batch-tokens less, or train.gradient_checkpointing=true";
    if (!isHere()) { // a plan for another machine
      return Finding.unknown(found, fix);
    }
    throw new UserError(UserError.Kind.DEVICE, "memory: " + found + ". " + fix);
  }

  private Finding time() {
    if (plan != null && plan.probe() != null) {
      return Finding.ok("about " + Quantity.duration(plan.probe().seconds()));
    }
    if (probes && files != null && !isHere()) {
      files.openWeights().close(); // tells where they come from
    }
    return probes
        ? waits("all above is in order")
        : Finding.unknown("not measured", "Add --probe, which makes a few steps");
  }
}
