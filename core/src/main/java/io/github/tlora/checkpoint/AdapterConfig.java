package io.github.tlora.checkpoint;

import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.data.TableTask;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.tensor.Dtype;
import java.nio.file.Path;
import java.util.List;

/**
 * What an adapter file says of itself: all that is needed to use it again.
 *
 * @param method the method with its settings
 * @param baseModel the checkpoint that the adapter belongs to
 * @param task the task it was trained on
 * @param labels the labels by class; none in a regression
 * @param head the head's form
 * @param maxLength tokens at which rows were cut
 * @param seed the seed that the fixed matrices are drawn with
 * @param definition what {@code task} is where a file described it, without files; or null
 */
public record AdapterConfig(
    Method method,
    BaseModel baseModel,
    String task,
    List<String> labels,
    HeadSettings head,
    int maxLength,
    long seed,
    TableTask definition) {

  /** An adapter of one of GLUE's tasks. */
  public AdapterConfig(
      Method method,
      BaseModel baseModel,
      String task,
      List<String> labels,
      HeadSettings head,
      int maxLength,
      long seed) {
    this(method, baseModel, task, labels, head, maxLength, seed, null);
  }

  /** The same with another method. */
  public AdapterConfig with(Method other) {
    return new AdapterConfig(other, baseModel, task, labels, head, maxLength, seed, definition);
  }

  /**
   * Checks that the method can be merged into the base's weights.
   *
   * @param location what to call the adapter
   * @throws UserError exit 2 with the reason when it cannot
   */
  public void requireMergeable(Path location) {
    method
        .mergeObstacle()
        .ifPresent(
            why -> {
              throw UserError.usage(
                  location + ": " + method.methodName() + " cannot be merged: " + why);
            });
  }

  /**
   * A pretrained checkpoint.
   *
   * @param model what {@code --model} was: {@code bundled}, a directory or a name
   * @param id what results call it
   * @param revision the commit of its snapshot in the Hugging Face cache; null where it was not
   *     found there
   * @param modelType {@code model_type} of its config.json
   * @param dtype how its matrices were kept in training
   * @param sha256 of its weights, as {@link io.github.tlora.model.BaseWeights#load} hashes them
   */
  public record BaseModel(
      String model, String id, String revision, String modelType, Dtype dtype, String sha256) {

    /** What {@code files}, found as {@code model}, says of itself. */
    public static BaseModel of(
        String model, ModelFiles files, Dtype dtype, SequenceClassifier loaded) {
      return new BaseModel(
          model,
          files.id(),
          files.revision().orElse(null),
          loaded.architecture().modelType(),
          dtype,
          loaded.baseHash());
    }
  }
}
