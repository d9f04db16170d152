package io.github.tlora.train;

import io.github.tlora.Suggestion;
import io.github.tlora.UserError;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How much a row of each class counts in the loss, as {@code torch.nn.CrossEntropyLoss(weight=)}: a
 * step's loss is divided by the weights of its rows, so 2 and 4 are the same as 1 and 2.
 *
 * @param inOrder one weight a class; null where they are given by label
 * @param byLabel weights by the labels' names, 1 for the others; null where they are in order
 */
public record ClassWeights(List<Double> inOrder, Map<String, Double> byLabel) {
  public ClassWeights {
    inOrder = inOrder == null ? null : List.copyOf(inOrder);
    byLabel = byLabel == null ? null : new LinkedHashMap<>(byLabel);
  }

  /** Every weight that is given. */
  List<Double> given() {
    return inOrder != null ? inOrder : List.copyOf(byLabel.values());
  }

  /**
   * One weight a logit.
   *
   * @param labels the task's, in the order of classes
   * @param logits how many the head has; those beyond the labels weigh 1
   * @throws UserError exit 2 when the weights are not of these labels
   */
  public float[] of(List<String> labels, int logits) {
    float[] weights = new float[logits];
    Arrays.fill(weights, 1);
    if (inOrder != null) {
      if (inOrder.size() != labels.size()) {
        throw UserError.usage(
            "train.class_weights: there are "
                + inOrder.size()
                + " weights, but the task has "
                + labels.size()
                + " labels: "
                + String.join(", ", labels));
      }
      for (int i = 0; i < labels.size(); i++) {
        weights[i] = inOrder.get(i).floatValue();
      }
      return weights;
    }
    byLabel.forEach((label, weight) -> weights[position(label, labels)] = weight.floatValue());
    return weights;
  }

  private static int position(String label, List<String> labels) {
    int position = labels.indexOf(label);
    if (position < 0) {
      throw UserError.usage(
          "train.class_weights: unknown label '"
              + label
              + "'"
              + Suggestion.of(label, labels).map(s -> " (did you mean '" + s + "'?)").orElse("")
              + ". The task's labels: "
              + String.join(", ", labels));
    }
    return position;
  }
}
