package io.github.tlora.checkpoint;

import io.github.tlora.adapter.Method;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.tensor.Dtype;
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
 */
public record AdapterConfig(
    Method method,
    BaseModel baseModel,
    String task,
    List<String> labels,
    HeadSettings head,
    int maxLength,
    long seed) {

  /**
   * A pretrained checkpoint.
   *
   * @param model what {@code --model} was: {@code bundled}, a directory or a name
   * @param id what results call it
   * @param modelType {@code model_type} of its config.json
   * @param dtype how its matrices were kept in training
   * @param sha256 of its weights, as {@link io.github.tlora.model.BaseWeights#load} hashes them
   */
  public record BaseModel(String model, String id, String modelType, Dtype dtype, String sha256) {}
}
