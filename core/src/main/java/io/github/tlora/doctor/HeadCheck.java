package io.github.tlora.doctor;

import io.github.tlora.UserError;
import io.github.tlora.data.Task;
import io.github.tlora.model.Architecture;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.LabelMap;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.WeightSource;
import java.util.List;
import java.util.stream.Collectors;

/** Whether a checkpoint has a head of its own, and whose labels it has. */
final class HeadCheck {
  private static final String ID = "head";

  private final ModelFiles files;
  private final HeadSettings settings;
  private final List<String> labels;
  private final List<Param> params;
  private final TensorMatch match;
  private final boolean poolerInBase;

  /**
   * Looks for the tensors of the head that {@code files} would have by default.
   *
   * @throws UserError exit 3 when config.json does not say what labels it has
   */
  HeadCheck(ModelFiles files, Architecture architecture, WeightSource source) {
    HeadSettings form = files.defaultHead();
    this.files = files;
    this.settings =
        new HeadSettings(
            form.kind(), form.pooling(), HeadSettings.From.CHECKPOINT, null, null, null);
    this.labels = LabelMap.ownLabels(files.config(), files.id());
    SequenceClassifier declared =
        SequenceClassifier.declare(architecture, settings, labels.size(), Slots.NONE);
    this.params = declared.params().of(Role.HEAD);
    this.match = TensorMatch.of(params, source, architecture.prefix());
    this.poolerInBase =
        declared.params().of(Role.BASE).stream().anyMatch(p -> p.name().contains(".pooler."));
  }

  TensorMatch match() {
    return match;
  }

  /** Number of logits: the task's, those of the checkpoint's own head, or the usual two. */
  int logits(Task task) {
    return task != null
        ? LabelMap.fresh(task.labels().size()).logits()
        : match.isWhole() ? labels.size() : 2;
  }

  /** The finding; {@code task} may be null. */
  Check check(Task task) {
    if (match.isWhole()) {
      return ofOwn(task);
    }
    String need = "needs " + needs();
    boolean hasNone = !match.used().contains(params.get(params.size() - 2).name());
    if (hasNone) {
      String theirs = task == null ? "" : "; " + task.key() + " has " + named(task.labels());
      return Check.ok(ID, need + ", which the checkpoint has not: a new one is drawn" + theirs);
    }
    return Check.warning(
        ID,
        need + "; that of the checkpoint does not fit: " + match.faults(),
        "A new head is drawn; for head.from: checkpoint, id2label must name every logit");
  }

  private Check ofOwn(Task task) {
    String found =
        "the checkpoint has its own, "
            + needs()
            + ", of "
            + named(labels)
            + " (head.from: checkpoint)";
    if (task == null) {
      return Check.ok(ID, found);
    }
    try {
      LabelMap map = LabelMap.of(settings, task.labels(), files.config(), files.id());
      return Check.ok(
          ID,
          found
              + "; "
              + task.key()
              + (task.isRegression()
                  ? " takes its one logit"
                  : "'s labels by name, "
                      + (map.isInOrder() ? "in the same order" : "its rows " + map.rows())));
    } catch (UserError mismatch) {
      Check told = Check.of(ID, Check.Status.WARNING, mismatch);
      return Check.warning(
          ID, found + "; " + task.key() + " has " + named(task.labels()), told.fix());
    }
  }

  /** {@code classifier (3 x 16), pooler in the base}. */
  private String needs() {
    String layers =
        params.stream()
            .filter(param -> param.name().endsWith(".weight"))
            .map(
                param ->
                    param.name().replaceFirst("\\.weight$", "")
                        + " ("
                        + param.shape().get(0)
                        + " x "
                        + param.shape().get(1)
                        + ")")
            .collect(Collectors.joining(", "));
    return layers
        + (poolerInBase && settings.kind() == HeadSettings.Kind.NATIVE
            ? ", pooler in the base"
            : "");
  }

  private static String named(List<String> labels) {
    if (labels.isEmpty()) {
      return "no labels but a number: one logit";
    }
    return labels.size() + " labels: " + UserError.several(labels, 8).replace("; ", ", ");
  }
}
