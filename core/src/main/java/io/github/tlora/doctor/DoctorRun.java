package io.github.tlora.doctor;

import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.Task;
import io.github.tlora.model.Architecture;
import io.github.tlora.model.BundledModel;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.model.Stack;
import io.github.tlora.model.WeightFiles;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.run.Environment;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.WeightSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What was found on this machine and in a checkpoint, what will be used and what is missing. A
 * fault ends the check that met it, not the others.
 */
public final class DoctorRun {
  private static final String VERDICT = "verdict";

  private final Environment places;
  private final Task task;
  private final List<Check> checks = new ArrayList<>();
  private WeightReport weights;
  private Sizes sizes;
  private int logits = 2;

  private DoctorRun(Environment places, Task task) {
    this.places = places;
    this.task = task;
  }

  /**
   * The report.
   *
   * @param model as it was asked for; null where only the machine was looked at
   * @param usable whether nothing that is needed is missing
   * @param weights null where none can be read
   * @param parameters null where config.json does not tell
   */
  public record Report(
      String model, boolean usable, List<Check> checks, WeightReport weights, Sizes parameters) {

    /** Whether the engine did not start, without which nothing is computed. */
    public boolean lacksEngine() {
      return faulty().contains(MachineChecks.ENGINE);
    }

    /** The checks that found something missing or damaged. */
    public List<String> faulty() {
      return missing(checks).stream().filter(id -> !id.equals(VERDICT)).toList();
    }
  }

  /**
   * Numbers of parameters, and what they take in memory.
   *
   * @param bytesF32 of encoder and head in float32
   * @param bytesHalf with the frozen matrices in half precision
   */
  public record Sizes(long encoder, long head, long bytesF32, long bytesHalf) {}

  /**
   * Looks at the machine and, where {@code model} is given, at that checkpoint.
   *
   * @param model {@code bundled}, a directory, a name on the hub, or null
   * @param taskName whose labels are compared with the checkpoint's own; may be null
   * @throws UserError exit 2 for an unknown task
   */
  public static Report examine(String model, String taskName, Environment places) {
    DoctorRun run = new DoctorRun(places, taskName == null ? null : TaskFile.find(taskName));
    run.checks.addAll(MachineChecks.of(places));
    if (model != null) {
      run.attempt("model", () -> run.examine(model));
      run.checks.add(run.verdict());
    }
    boolean usable = missing(run.checks).isEmpty();
    return new Report(model, usable, List.copyOf(run.checks), run.weights, run.sizes);
  }

  private void examine(String model) {
    ModelFiles files = places.models().findShape(model);
    Architecture[] known = new Architecture[1];
    if (files.isComplete()) {
      checks.add(Check.ok("model", place(files)));
    } else {
      attempt("model", () -> files.openWeights().close());
    }
    attempt("config", () -> known[0] = config(files));
    if (files.isComplete()) {
      attempt("weights", () -> weights(files, known[0]));
      if (known[0] != null) {
        attempt(TokenizerCheck.ID, () -> checks.add(TokenizerCheck.of(files, known[0])));
      }
    }
    if (known[0] != null) {
      sizes = sizes(files, known[0]);
    }
  }

  private void attempt(String id, Runnable work) {
    try {
      work.run();
    } catch (UserError e) {
      checks.add(Check.of(id, Check.Status.MISSING, e));
    }
  }

  private String place(ModelFiles files) {
    if (!(files instanceof ModelFiles.Directory directory)) {
      return BundledModel.ID + ", bundled with tlora";
    }
    Path path = directory.path();
    String where =
        path.startsWith(places.home().resolve("models"))
            ? "in $TLORA_HOME"
            : path.startsWith(places.hub()) ? "in the Hugging Face cache" : "a directory";
    return path + ", " + where;
  }

  private Architecture config(ModelFiles files) {
    Architecture architecture = files.architecture();
    Stack stack = architecture.traits().stack();
    checks.add(
        Check.ok(
            "config",
            architecture.modelType()
                + ": "
                + stack.layers()
                + " layers, "
                + stack.width()
                + " wide, "
                + stack.heads()
                + " heads, vocabulary "
                + Quantity.number(architecture.vocabSize())
                + ", up to "
                + architecture.maxTokens()
                + " tokens"
                + (files.isComplete() ? "" : ", as models of this name have")));
    return architecture;
  }

  private void weights(ModelFiles files, Architecture architecture) {
    List<String> stored =
        files instanceof ModelFiles.Directory directory
            ? WeightFiles.in(directory.path())
            : List.of();
    try (WeightSource source = files.openWeights()) {
      weights = WeightReport.of(source, stored.stream().skip(1).toList());
      String name = stored.isEmpty() ? "bundled" : stored.get(0);
      checks.add(Check.ok("weights", name + ": " + contents(weights)));
      if (architecture != null) {
        attempt("encoder", () -> match(files, architecture, source));
      }
    }
  }

  private static String contents(WeightReport weights) {
    String dtypes =
        weights.dtypes().entrySet().stream()
            .map(type -> type.getValue() + " " + type.getKey())
            .collect(Collectors.joining(", "));
    List<String> unread = weights.unread();
    return weights.tensors()
        + " tensors ("
        + dtypes
        + "), "
        + Quantity.bytes(weights.bytes())
        + (unread.isEmpty() ? "" : "; not read: " + String.join(", ", unread));
  }

  private void match(ModelFiles files, Architecture architecture, WeightSource source) {
    ParamTable declared =
        SequenceClassifier.declare(architecture, files.defaultHead(), logits, Slots.NONE).params();
    TensorMatch encoder = TensorMatch.of(declared.of(Role.BASE), source, architecture.prefix());
    Set<String> others = new TreeSet<>(source.names());
    others.removeAll(encoder.used());
    TensorMatch none = new TensorMatch(0, List.of(), List.of(), List.of());
    weights = weights.matched(encoder, none, UnusedTensors.grouped(others));
    int at = checks.size();
    attempt(
        "head",
        () -> {
          HeadCheck head = new HeadCheck(files, architecture, source);
          logits = head.logits(task);
          others.removeAll(head.match().used());
          weights = weights.matched(encoder, head.match(), UnusedTensors.grouped(others));
          checks.add(head.check(task));
        });
    checks.add(at, encoder(encoder, architecture.prefix(), weights.ignored()));
  }

  private static Check encoder(
      TensorMatch match, String prefix, Map<String, List<String>> ignored) {
    String rest = ignored.isEmpty() ? "" : "; ignored: " + UnusedTensors.counts(ignored);
    String found = match.fitting() + " of " + match.declared() + " tensors";
    if (match.isWhole()) {
      return Check.ok("encoder", found + ", " + match.spelling(prefix) + rest);
    }
    String advice = "Fetch the weights and the config.json of one and the same checkpoint";
    if (match.used().isEmpty()) { // of another family, or a part of something larger
      List<String> starts =
          ignored.values().stream()
              .flatMap(List::stream)
              .map(name -> "'" + name.replaceFirst("\\..*", "") + "'")
              .distinct()
              .toList();
      String names = "; names begin with " + UserError.several(starts, 4);
      return Check.missing("encoder", found + names + ", not '" + prefix + "'", advice);
    }
    return Check.missing("encoder", found + ": " + match.faults() + rest, advice);
  }

  private Sizes sizes(ModelFiles files, Architecture architecture) {
    SequenceClassifier declared =
        SequenceClassifier.declare(architecture, files.defaultHead(), logits, Slots.NONE);
    ParamTable params = declared.params();
    long whole = bytes(params);
    declared.keepBaseAs(Dtype.BF16);
    return new Sizes(params.count(Role.BASE), params.count(Role.HEAD), whole, bytes(params));
  }

  private static long bytes(ParamTable params) {
    return params.all().stream().mapToLong(Param::bytes).sum();
  }

  private Check verdict() {
    List<String> missing = missing(checks);
    String size =
        sizes == null
            ? ""
            : "; "
                + Quantity.number(sizes.encoder())
                + " parameters in the encoder, "
                + Quantity.number(sizes.head())
                + " in a head of "
                + (logits == 1 ? "one logit" : logits + " labels")
                + "; weights take "
                + Quantity.bytes(sizes.bytesF32())
                + " in f32, "
                + Quantity.bytes(sizes.bytesHalf())
                + " in bf16 or f16";
    return missing.isEmpty()
        ? Check.ok(VERDICT, "can be trained: yes" + size)
        : Check.missing(VERDICT, "can be trained: no" + size, "Mend " + String.join(", ", missing));
  }

  private static List<String> missing(List<Check> checks) {
    return checks.stream()
        .filter(check -> check.status() == Check.Status.MISSING)
        .map(Check::id)
        .toList();
  }
}
