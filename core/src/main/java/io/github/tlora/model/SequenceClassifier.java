package io.github.tlora.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.Setting;
import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import io.github.tlora.nn.Attachments;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Input;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Precision;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.nn.Wiring;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Seeds;
import io.github.tlora.tensor.WeightSource;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * An encoder with a head and whatever a method attached, on one device.
 *
 * <p>Built in phases: {@link #declare} needs no weights, {@link #load} reads the base, {@link
 * #draw} makes what is new, {@link #trainByRole} decides what is trained.
 */
public final class SequenceClassifier {
  /** Bytes of packed matrices: up to models of the size called base. */
  private static final long MOST_PACKED = 1L << 30;

  private final Architecture architecture;
  private final HeadSettings headSettings;
  private final LabelMap labels;
  private final Slots slots;
  private final ParamTable params;
  private final List<Projection> projections;
  private final Attachments attachments;
  private final Precision precision;
  private final Encoder encoder;
  private final Head head;
  private final Set<Param> replaced = new LinkedHashSet<>();
  private String baseHash;
  private String headHash;

  private SequenceClassifier(
      Architecture architecture, HeadSettings headSettings, LabelMap labels, Slots slots) {
    this.architecture = architecture;
    this.headSettings = headSettings;
    this.labels = labels;
    this.slots = slots;
    this.params = new ParamTable();
    Wiring wiring = new Wiring(slots, params, headSettings.dropout());
    this.encoder = architecture.encoder(wiring);
    this.projections = wiring.projections();
    this.attachments = wiring.attachments();
    this.precision = wiring.precision();
    this.head =
        headSettings.kind() == HeadSettings.Kind.LINEAR
            ? Head.linear(wiring, architecture, headSettings.pooling(), labels.logits())
            : architecture.nativeHead(wiring, labels.logits());
  }

  /**
   * Declares every parameter, without values.
   *
   * @param head settings with their kind and pooling decided
   * @param labels the head's logits
   */
  public static SequenceClassifier declare(
      Architecture architecture, HeadSettings head, LabelMap labels, Slots slots) {
    return new SequenceClassifier(architecture, head, labels, slots);
  }

  /** Declares a classifier of {@code labels} logits in their own order; 1 for regression. */
  public static SequenceClassifier declare(
      Architecture architecture, HeadSettings head, int labels, Slots slots) {
    return declare(architecture, head, LabelMap.fresh(labels), slots);
  }

  /**
   * Keeps the frozen matrices and tables of the base as {@code dtype}; what is trained, vectors,
   * the head and the adapter stay F32. To be called before {@link #load}.
   */
  public SequenceClassifier keepBaseAs(Dtype dtype) {
    params.keep(
        dtype,
        param -> param.role() == Role.BASE && param.shape().dimension() > 1 && !trains(param));
    return this;
  }

  /**
   * Computes the matrix products and the attention of the encoder's layers in {@code dtype}, from
   * now on; values, gradients and all else stay F32.
   */
  public SequenceClassifier computeIn(Dtype dtype) {
    precision.set(dtype);
    return this;
  }

  /** Reads the base weights, and the head's when it comes from the checkpoint, in our order. */
  public void load(WeightSource source, NDManager manager) {
    baseHash = BaseWeights.load(params.of(Role.BASE), source, architecture.prefix(), manager);
    loadHead(source, manager);
  }

  /** Makes up the base weights, for measurements of a shape whose checkpoint is not here. */
  public void makeUpBase(NDManager manager) {
    params.of(Role.BASE).forEach(param -> param.makeUp(manager));
    baseHash = "made up";
  }

  /** Reads the head's weights when it comes from the checkpoint, in our order. */
  public void loadHead(WeightSource source, NDManager manager) {
    if (headSettings.from() == HeadSettings.From.CHECKPOINT) {
      requireHead(source);
      headHash = BaseWeights.load(params.of(Role.HEAD), source, architecture.prefix(), manager);
      if (!labels.isInOrder()) {
        outputLayer().forEach(param -> reorder(param, manager));
        // The same rows under other names are another head.
        headHash = Sha256.of(headHash + labels.rows());
      }
    }
  }

  /**
   * Uses the base weights of {@code other}, which has the same architecture and stays open, instead
   * of loading them: several adapters on one base. What this method trains of the base is left
   * without values: an adapter's file has them.
   */
  public void shareBase(SequenceClassifier other) {
    other.pack(false); // once for all that share it
    for (Param param : params.of(Role.BASE)) {
      if (!trains(param)) {
        param.share(other.params.get(param.name()));
      }
    }
    baseHash = other.baseHash;
  }

  /** Uses a frozen head of the checkpoint's own that {@code other} has read, where both have it. */
  public void shareHead(SequenceClassifier other) {
    if (headSettings.from() == HeadSettings.From.CHECKPOINT) {
      headHash = other.headHash;
    }
    if (headSettings.staysInCheckpoint()) {
      params.of(Role.HEAD).forEach(param -> param.share(other.params.get(param.name())));
    }
  }

  /**
   * This model for another thread: the same values, which are not copied, with gradients of its
   * own.
   *
   * @param owner closes what the replica holds
   */
  public SequenceClassifier replica(NDManager owner) {
    SequenceClassifier replica = new SequenceClassifier(architecture, headSettings, labels, slots);
    replica.params.all().forEach(param -> param.follow(params.get(param.name()), owner));
    return replica.computeIn(precision.dtype());
  }

  /**
   * Lays the frozen matrices out for faster products, where the engine can and they are not too
   * large to be there more than once. To be called when all values and what is trained are decided.
   *
   * @param forGradients whether it will be trained, for which they are laid out twice
   */
  public void pack(boolean forGradients) {
    for (Projection projection : packable(forGradients)) {
      boolean keepsArray = projection.delta().filter(Delta::readsWeight).isPresent();
      projection.weight().pack(forGradients, keepsArray);
    }
  }

  /** Bytes that {@link #pack} adds for training, where the engine can pack. */
  public long bytesPackedForTraining() {
    return bytes(packable(true));
  }

  private List<Projection> packable(boolean forGradients) {
    List<Projection> frozen =
        projections.stream()
            .filter(projection -> !projection.weight().isTrained())
            .filter(projection -> projection.weight().dtype() == Dtype.F32)
            .toList();
    boolean fits = bytes(frozen) * (forGradients ? 2 : 1) <= MOST_PACKED;
    return fits && precision.dtype() == Dtype.F32 ? frozen : List.of();
  }

  private static long bytes(List<Projection> projections) {
    return projections.stream().mapToLong(projection -> projection.weight().bytes()).sum();
  }

  /** Whether the method trains {@code base}; a weight that nothing reads has no gradient. */
  private boolean trains(Param base) {
    return slots.trains(base)
        && (headSettings.kind() == HeadSettings.Kind.NATIVE
            || !architecture.isOnlyForNativeHead(base.name()));
  }

  /** Whether training changes {@code param}, so that an adapter's file has it. */
  public boolean changes(Param param) {
    return switch (param.role()) {
      case ADAPTER -> true;
      case HEAD -> !headSettings.staysInCheckpoint();
      case BASE -> trains(param) || replaced.contains(param);
      case FIXED -> false;
    };
  }

  /**
   * Says that {@code base} has other values than the checkpoint's, as an adapter that PEFT wrote
   * may give it, so that an adapter's file has it.
   */
  public void replace(Param base) {
    if (base.role() != Role.BASE) {
      throw new IllegalArgumentException(base + " is not of the base");
    }
    replaced.add(base);
  }

  /** The base weights that have other values than the checkpoint's without being trained here. */
  public Set<Param> replaced() {
    return Collections.unmodifiableSet(replaced);
  }

  private void requireHead(WeightSource source) {
    List<String> missing =
        params.of(Role.HEAD).stream()
            .map(Param::name)
            .filter(name -> !BaseWeights.has(name, architecture.prefix(), source))
            .toList();
    if (!missing.isEmpty()) {
      throw UserError.file(
          source.location()
              + ": has no "
              + Setting.word(headSettings.kind())
              + " head to start from: "
              + UserError.several(missing, 4)
              + (missing.size() == 1 ? " is" : " are")
              + " missing. Train a new head with head.from: fresh, or check head.kind");
    }
  }

  /** Weight and bias of the head's last layer, one row a logit: a head declares them last. */
  private List<Param> outputLayer() {
    List<Param> declared = params.of(Role.HEAD);
    return declared.subList(declared.size() - 2, declared.size());
  }

  private void reorder(Param param, NDManager manager) {
    float[] stored = param.array().toFloatArray();
    float[] values = new float[stored.length];
    int width = stored.length / labels.logits();
    for (int row = 0; row < labels.logits(); row++) {
      System.arraycopy(stored, labels.rows().get(row) * width, values, row * width, width);
    }
    param.fill(values, manager);
  }

  /** Draws first values of everything that the checkpoint did not give. */
  public void draw(NDManager manager, Seeds seeds) {
    params.draw(manager, seeds, Role.HEAD, Role.ADAPTER, Role.FIXED);
  }

  /**
   * Trains the adapter, the head if its settings say so, and the base tensors a method asks for.
   */
  public void trainByRole() {
    params.train(this::isToTrain);
  }

  private boolean isToTrain(Param param) {
    return switch (param.role()) {
      case ADAPTER -> true;
      case HEAD -> headSettings.train();
      case BASE -> trains(param);
      case FIXED -> false;
    };
  }

  /**
   * Logits of a batch, (B, labels).
   *
   * @param training whether dropout is on
   */
  public NDArray logits(Input input, boolean training) {
    NDArray states = encoder.lastState(input, headSettings.readsFirstOnly(), training);
    return head.logits(states, input, training);
  }

  public Encoder encoder() {
    return encoder;
  }

  public Head head() {
    return head;
  }

  public Architecture architecture() {
    return architecture;
  }

  public HeadSettings headSettings() {
    return headSettings;
  }

  /** The head's logits and which of them are the task's labels. */
  public LabelMap labels() {
    return labels;
  }

  public ParamTable params() {
    return params;
  }

  /** What the method attached, by place. */
  public Attachments attachments() {
    return attachments;
  }

  /** Every linear layer that a method may change. */
  public List<Projection> projections() {
    return projections;
  }

  /**
   * SHA-256 of the checkpoint's own head and of the order in which its rows are taken; null with a
   * new head.
   */
  public String headHash() {
    return headHash;
  }

  /** SHA-256 of the base weights; {@link BaseWeights#load} says over what. */
  public String baseHash() {
    return baseHash;
  }

  /** Elements that the method trains: its own, and the base tensors it asks for. */
  public long adapterCount() {
    return params.count(Role.ADAPTER) + params.count(p -> p.role() == Role.BASE && trains(p));
  }

  /**
   * Checks that every target meant at least one matrix, every pattern at least one adapted one, and
   * that anything is trained of the encoder at all.
   *
   * @param patterns keys of settings by target, such as LoRA's {@code rank_pattern}
   * @throws UserError exit 2, with the names that exist
   */
  public void requireTargets(List<String> targets, List<String> patterns) {
    Wiring.requireTargets(targets, projections);
    Wiring.requirePatterns(patterns, projections);
    if (adapterCount() == 0) {
      throw UserError.usage(
          "adapter: its settings leave nothing to train in an encoder of "
              + architecture.traits().stack().layers()
              + " layers. Give adapter.dropped_layers less, or another method");
    }
  }
}
