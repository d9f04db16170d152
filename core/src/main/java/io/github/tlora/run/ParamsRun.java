package io.github.tlora.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.adapter.Method;
import io.github.tlora.checkpoint.AdapterFile;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.KnownModels;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Role;
import java.util.List;

/** Counts parameters from shapes alone, without weights. */
public final class ParamsRun {
  /** AdamW keeps two moments of every trained element, in F32. */
  private static final int OPTIMIZER_BYTES = 8;

  private ParamsRun() {}

  /**
   * One method on one model.
   *
   * @param size the method's, such as {@code rank 8}
   * @param adapter elements that the method trains, base tensors included where it trains those
   * @param head elements of the head
   * @param trainable adapter and head
   * @param total base, adapter, fixed and head
   * @param fixed elements that the method adds and never trains
   * @param fileBytes size of the adapter's file of tensors, its head included
   * @param optimizerBytes what AdamW's moments take in memory while adapter and head are trained
   */
  public record Count(
      String model,
      String method,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer rank,
      String size,
      List<String> targets,
      long adapter,
      long head,
      long trainable,
      long total,
      long fixed,
      long fileBytes,
      long optimizerBytes) {}

  /**
   * Counts for {@code method} on {@code model}.
   *
   * @param model {@code bundled}, a directory with a config.json, or a name on the hub
   * @param labels number of logits
   * @param places where models are looked for
   */
  public static Count count(String model, Method method, int labels, Environment places) {
    ModelFiles files = places.models().lookUp(model).orElseThrow(() -> KnownModels.unknown(model));
    HeadSettings head = files.defaultHead();
    SequenceClassifier declared =
        SequenceClassifier.declare(files.architecture(), head, labels, method);
    declared.requireTargets(method.targets(), method.patterns());
    long adapter = declared.adapterCount();
    long headCount = declared.params().count(Role.HEAD);
    return new Count(
        model,
        method.methodName(),
        method.rank(),
        method.size(),
        method.targets(),
        adapter,
        headCount,
        adapter + headCount,
        declared.params().count(param -> true),
        declared.params().count(Role.FIXED),
        AdapterFile.bytes(declared, method),
        OPTIMIZER_BYTES * (adapter + headCount));
  }
}
