package io.github.tlora.run;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.Method;
import io.github.tlora.checkpoint.AdapterConfig;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.checkpoint.LoraFactors;
import io.github.tlora.checkpoint.PeftAdapter;
import io.github.tlora.config.TaskFile;
import io.github.tlora.data.TableTask;
import io.github.tlora.data.Task;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.LabelMap;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.WeightSource;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Turns an adapter into the LoRA of the same effect, and PEFT's adapters into this tool's. */
public final class ConvertRun {
  /** Tokens at which rows are cut where nobody says otherwise, as in training. */
  public static final int MAX_LENGTH = 128;

  private ConvertRun() {}

  /**
   * What converting came to.
   *
   * @param from the directory as given
   * @param output the adapter's directory
   * @param method the method in it
   * @param rank the method's rank
   * @param matrices how many matrices are adapted
   * @param largestDifference largest absolute difference of an update's entry before and after;
   *     null for an adapter of PEFT's, whose tensors are taken as they are
   * @param notes what the user should know, a line each
   */
  public record Result(
      String from,
      String output,
      String method,
      int rank,
      int matrices,
      String task,
      List<String> labels,
      @JsonInclude(JsonInclude.Include.NON_NULL) Double largestDifference,
      List<String> notes) {}

  /**
   * Writes the LoRA that has the effect of the adapter in {@code run}, in PEFT's layout.
   *
   * @param run a run directory or an adapter's
   * @param output the new adapter's directory, which must not exist
   * @param model where the base is found now, or null for where it was in training
   * @throws UserError exit 2 when the method equals no LoRA
   */
  public static Result toPeftLora(Path run, Path output, String model, Environment environment) {
    RunDirectory.requireNew(output);
    requireConvertible(LoadedAdapter.configOf(run).method(), run);
    try (LoadedAdapter adapter = LoadedAdapter.open(run, model, Dtype.F32, environment)) {
      AdapterConfig before = adapter.config();
      SequenceClassifier source = adapter.model();
      Lora lora = LoraFactors.method(source).orElseThrow(() -> noLora(before.method(), run));
      AdapterConfig after = before.with(lora);
      double difference =
          NewDirectory.write(
              output,
              aside -> {
                try (NDManager manager = adapter.manager().newSubManager()) {
                  SequenceClassifier converted = like(adapter, lora);
                  LoraFactors.copy(source, converted, manager);
                  AdapterFile.write(aside, converted, after, adapter.files());
                  SequenceClassifier read = like(adapter, lora);
                  AdapterFile.load(aside, after, read, manager, told(environment));
                  return Updates.compare(List.of(source), List.of(1.0), read, manager)
                      .requireRounding("convert")
                      .largest();
                }
              });
      return new Result(
          run.toString(),
          output.toString(),
          lora.methodName(),
          lora.rank(),
          matrices(source),
          before.task(),
          before.labels(),
          difference,
          List.of());
    }
  }

  /**
   * Checks that the method in {@code run} may equal a LoRA.
   *
   * @throws UserError exit 2 with the reason when it does not
   */
  static void requireConvertible(Method method, Path run) {
    method
        .mergeObstacle()
        .ifPresent(
            why -> {
              throw UserError.usage(run + ": " + method.methodName() + " equals no LoRA: " + why);
            });
  }

  /** The refusal of a method that equals no LoRA. */
  static UserError noLora(Method method, Path run) {
    boolean adaptsMatrices = !method.targets().isEmpty();
    return UserError.usage(
        run
            + ": "
            + method.methodName()
            + " equals no LoRA: "
            + (adaptsMatrices
                ? "dora scales the rows of the weights too. A dora adapter is in PEFT's layout: load"
                    + " it there as it is"
                : "it changes weights of the base, by no update of low rank. 'tlora merge' writes a"
                    + " checkpoint with them"));
  }

  /** A base that was forced has been told of; the result stays an adapter of its own base. */
  static Consumer<String> told(Environment environment) {
    return environment.otherBase() == null ? null : line -> {};
  }

  /** A model on the same base, whose adapter has no values yet. */
  private static SequenceClassifier like(LoadedAdapter adapter, Lora lora) {
    SequenceClassifier source = adapter.model();
    SequenceClassifier model =
        SequenceClassifier.declare(
            source.architecture(), source.headSettings(), source.labels(), lora);
    model.shareBase(source);
    model.shareHead(source);
    return model;
  }

  private static int matrices(SequenceClassifier model) {
    return (int) model.projections().stream().filter(p -> p.delta().isPresent()).count();
  }

  /**
   * Makes an adapter of this tool from one that PEFT wrote.
   *
   * @param from PEFT's directory
   * @param taskName what it was trained on
   * @param model the base, or null for the one that the adapter names
   * @param maxLength tokens at which rows are cut
   * @param output the new adapter's directory, which must not exist
   * @throws UserError exit 2 when its head does not fit the task, exit 3 when it cannot be read
   *     exactly
   */
  public static Result fromPeft(
      Path from,
      String taskName,
      String model,
      int maxLength,
      Path output,
      Environment environment) {
    RunDirectory.requireNew(output);
    Task task = TaskFile.find(taskName);
    try (PeftAdapter adapter = PeftAdapter.open(from)) {
      String name = model == null ? adapter.base().orElseThrow(() -> noBase(from)) : model;
      ModelFiles files = environment.models().find(name);
      HeadSettings head =
          HeadSettings.defaults().orElse(HeadSettings.Kind.NATIVE, HeadSettings.Pooling.FIRST);
      LabelMap labels = LabelMap.of(head, task.labels(), files.config(), files.id());
      SequenceClassifier plain =
          SequenceClassifier.declare(files.architecture(), head, labels, Slots.NONE);
      requireLength(maxLength, plain, files);
      requireLabels(adapter.logits(plain), labels, task, from);
      Method method = adapter.method(plain);
      SequenceClassifier converted =
          SequenceClassifier.declare(files.architecture(), head, labels, method);
      try (NDManager manager = environment.newManager();
          WeightSource weights = files.openWeights()) {
        converted.load(weights, manager);
        adapter.fill(converted, weights, manager);
        AdapterConfig config =
            new AdapterConfig(
                method,
                AdapterConfig.BaseModel.of(name, files, Dtype.F32, converted),
                task.key(),
                task.labels(),
                head,
                maxLength,
                0,
                task instanceof TableTask own ? own.withoutFiles() : null);
        NewDirectory.write(
            output,
            aside -> {
              AdapterFile.write(aside, converted, config, files);
              return aside;
            });
      }
      return new Result(
          from.toString(),
          output.toString(),
          method.methodName(),
          method.rank(),
          matrices(converted),
          task.key(),
          task.labels(),
          null,
          adapter.notes());
    }
  }

  private static UserError noBase(Path from) {
    return UserError.usage(
        from.resolve(AdapterFile.CONFIG)
            + ": does not say what base it belongs to. Give it with --model");
  }

  private static void requireLength(int maxLength, SequenceClassifier model, ModelFiles files) {
    int most = model.architecture().maxTokens();
    if (maxLength < 1 || maxLength > most) {
      throw UserError.usage(
          "--max-length must be 1 to "
              + most
              + ", which "
              + files.id()
              + " takes, got "
              + maxLength);
    }
  }

  private static void requireLabels(OptionalLong logits, LabelMap labels, Task task, Path from) {
    if (logits.isPresent() && logits.getAsLong() != labels.logits()) {
      throw UserError.usage(
          from
              + ": its head has "
              + logits.getAsLong()
              + " logits, the task "
              + task.key()
              + " has "
              + labels.logits()
              + (task.labels().isEmpty() ? "" : " labels: " + String.join(", ", task.labels()))
              + ". Give the task that it was trained on with --task");
    }
  }
}
