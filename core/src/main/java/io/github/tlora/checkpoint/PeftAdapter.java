package io.github.tlora.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Dora;
import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.Method;
import io.github.tlora.adapter.Vera;
import io.github.tlora.model.BaseWeights;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.model.WeightFiles;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Part;
import io.github.tlora.nn.Projection;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Site;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.Scope;
import io.github.tlora.tensor.WeightSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An adapter that Hugging Face PEFT wrote: LoRA, DoRA or VeRA, with whatever head, biases and whole
 * modules stand in its file. The tensors say which layers are adapted, and with which rank.
 */
public final class PeftAdapter implements AutoCloseable {
  private static final Pattern ADAPTED =
      Pattern.compile(
          "(.+)\\.(lora_A\\.weight|lora_B\\.weight|lora_magnitude_vector|vera_lambda_[bd])");

  private final Path directory;
  private final PeftConfig config;
  private final WeightSource tensors;
  private final List<String> notes;

  private PeftAdapter(Path directory, PeftConfig config, WeightSource tensors) {
    this.directory = directory;
    this.config = config;
    this.tensors = tensors;
    this.notes = new ArrayList<>(config.notes());
  }

  /**
   * Opens the adapter in {@code directory}.
   *
   * @throws UserError exit 3 when a file is missing or damaged, or it cannot be honoured
   */
  public static PeftAdapter open(Path directory) {
    PeftConfig config = PeftConfig.read(directory.resolve(AdapterFile.CONFIG));
    for (String name : List.of(AdapterFile.WEIGHTS, "adapter_model.bin")) {
      Path file = directory.resolve(name);
      if (Files.isRegularFile(file)) {
        return new PeftAdapter(directory, config, WeightFiles.openFile(file));
      }
    }
    throw UserError.file(
        directory + ": has no " + AdapterFile.WEIGHTS + " or adapter_model.bin with its tensors");
  }

  /** The base that it says it belongs to: a directory or a name. */
  public Optional<String> base() {
    return config.base();
  }

  /** What was passed over or brought into another form, a line each. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /**
   * Its method with its settings, for models like {@code plain}.
   *
   * @param plain the base without a method; it needs no values
   * @throws UserError exit 3 when it adapts nothing that this base has
   */
  public Method method(SequenceClassifier plain) {
    Set<String> paths = adaptedPaths(plain);
    Map<Boolean, List<Projection>> byUse =
        plain.projections().stream()
            .collect(Collectors.partitioningBy(p -> paths.contains(p.site().path())));
    if (byUse.get(true).isEmpty()) {
      throw unfit("no tensor in it adapts a layer of this base");
    }
    Set<String> others =
        plain.params().of(Role.BASE, Role.HEAD).stream()
            .map(param -> param.name().substring(0, param.name().lastIndexOf('.')))
            .collect(Collectors.toSet());
    List<Site> sites = byUse.get(true).stream().map(Projection::site).toList();
    sites.forEach(site -> others.remove(site.path()));
    return method(new ModuleNames(sites, others), plain);
  }

  private Method method(ModuleNames names, SequenceClassifier model) {
    Map<Site, Integer> ranks = new LinkedHashMap<>();
    Map<Site, Double> alphas = new LinkedHashMap<>();
    for (Site site : names.adapted()) {
      ranks.put(site, rank(site, model));
      alphas.put(site, config.alpha(site));
    }
    List<String> targets = List.copyOf(names.suffixes());
    int usual =
        ranks.containsValue(config.rank()) ? config.rank() : ranks.values().iterator().next();
    try {
      if (config.kind() == PeftConfig.Kind.VERA) {
        return new Vera(usual, targets, config.dropout(), config.dInitial());
      }
      Lora lora =
          new Lora(
              usual,
              config.alpha(),
              targets,
              config.dropout(),
              config.rankStabilized(),
              names.patterns(ranks, usual),
              names.patterns(alphas, config.alpha()),
              null);
      return config.kind() == PeftConfig.Kind.LORA ? lora : Dora.of(lora);
    } catch (IllegalArgumentException e) {
      throw new UserError(
          UserError.Kind.FILE, directory.resolve(AdapterFile.CONFIG) + ": " + e.getMessage(), e);
    }
  }

  private int rank(Site site, SequenceClassifier model) {
    boolean vera = config.kind() == PeftConfig.Kind.VERA;
    String wanted = site.path() + (vera ? ".vera_lambda_d" : ".lora_A.weight");
    long[] shape =
        tensors.names().stream()
            .filter(name -> own(name, model).equals(wanted))
            .findFirst()
            .map(tensors::shape)
            .orElseThrow(() -> unfit(wanted + " is missing"));
    if (shape.length != (vera ? 1 : 2) || shape[0] < 1) {
      throw unfit(wanted + " is not that of a linear layer");
    }
    return Math.toIntExact(shape[0]);
  }

  /** Paths of the modules that have a LoRA or VeRA. */
  private Set<String> adaptedPaths(SequenceClassifier model) {
    return tensors.names().stream()
        .map(name -> ADAPTED.matcher(own(name, model)))
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** What a tensor of PEFT's is called here. */
  private static String own(String stored, SequenceClassifier model) {
    String name =
        stored.startsWith(PeftLayout.MODEL)
            ? stored.substring(PeftLayout.MODEL.length())
            : stored.startsWith(PeftLayout.SHARED)
                ? stored.substring(PeftLayout.SHARED.length())
                : stored;
    name =
        name.replace(".base_layer.", ".")
            .replace(".modules_to_save.", ".") // bias: all stores these beside the module's own
            .replace("lora_magnitude_vector.weight", "lora_magnitude_vector");
    String prefix = model.architecture().prefix() + ".";
    // A model without a head, such as AutoModel's, has no prefix.
    return model.params().get(name) == null && isOfEncoder(prefix + name, model)
        ? prefix + name
        : name;
  }

  private static boolean isOfEncoder(String name, SequenceClassifier model) {
    Matcher adapted = ADAPTED.matcher(name);
    String path = adapted.matches() ? adapted.group(1) + ".weight" : name;
    return model.params().get(path) != null;
  }

  /** Number of logits of its head; empty where the file has none. */
  public OptionalLong logits(SequenceClassifier plain) {
    List<Param> head = plain.params().of(Role.HEAD);
    String last = head.get(head.size() - 1).name(); // the output's bias: a head declares it last
    return tensors.names().stream()
        .filter(name -> own(name, plain).equals(last))
        .mapToLong(name -> tensors.shape(name)[0])
        .findFirst();
  }

  /**
   * Fills {@code model}, whose base is loaded, with everything in the file. What the file has not
   * of the head comes from the base's checkpoint. An adapted layer that no method here reaches,
   * such as BERT's pooler, gets its update merged in.
   *
   * @param model built for {@link #method}
   * @param base the base's checkpoint
   * @throws UserError exit 3 with everything that is missing, misshapen or belongs to nothing
   */
  public void fill(SequenceClassifier model, WeightSource base, NDManager manager) {
    List<String> problems = new ArrayList<>();
    Map<Param, String> found = new LinkedHashMap<>();
    Map<String, Map<String, String>> beyond = new LinkedHashMap<>();
    for (String stored : tensors.names()) {
      String name = own(stored, model);
      Param param = model.params().get(name);
      Matcher adapted = ADAPTED.matcher(name);
      if (stored.contains(".original_module.")) {
        continue; // with bias: all, the base's own, which is not used
      }
      if (param != null) {
        if (!isProjection(param)) {
          param.misfit(stored, tensors.shape(stored)).ifPresent(problems::add);
        }
        found.put(param, stored);
      } else if (adapted.matches() && model.params().get(adapted.group(1) + ".weight") != null) {
        beyond.computeIfAbsent(adapted.group(1), path -> new LinkedHashMap<>()).put(name, stored);
      } else {
        problems.add(stored + " belongs to nothing in this model");
      }
    }
    Map<Param, String> fromBase = new LinkedHashMap<>();
    for (Param param : model.params().all()) {
      boolean isWanted = param.role() != Role.BASE && !found.containsKey(param);
      if (isWanted && param.role() == Role.HEAD) {
        BaseWeights.storedName(param.name(), model.architecture().prefix(), base)
            .filter(name -> param.misfit(name, base.shape(name)).isEmpty())
            .ifPresentOrElse(
                name -> fromBase.put(param, name),
                () -> problems.add(param.name() + " is neither in it nor in its base"));
      } else if (isWanted) {
        problems.add(param.name() + " is missing");
      }
    }
    if (!problems.isEmpty()) {
      throw unfit(UserError.several(problems, 5));
    }
    found.forEach((param, name) -> fill(param, name, manager));
    found.keySet().stream()
        .filter(param -> param.role() == Role.BASE)
        .forEach(param -> replaceModule(param, model));
    fromBase.forEach((param, name) -> param.fill(base.bytes(name), base.dtype(name), manager));
    beyond.forEach((path, names) -> merge(path, names, model, manager));
  }

  /** VeRA's A and B may be larger than this base needs. */
  private boolean isProjection(Param param) {
    return param.role() == Role.FIXED;
  }

  private void fill(Param param, String stored, NDManager manager) {
    long[] shape = tensors.shape(stored);
    if (param.misfit(stored, shape).isEmpty()) {
      param.fill(tensors.bytes(stored), tensors.dtype(stored), manager);
    } else {
      param.fill(corner(stored, shape, param.shape().getShape()), manager);
    }
  }

  /** The first rows and columns of a larger matrix. */
  private float[] corner(String stored, long[] larger, long[] shape) {
    if (larger.length != 2 || larger[0] < shape[0] || larger[1] < shape[1]) {
      throw unfit(stored + " is smaller than the layers that it adapts");
    }
    ByteBuffer values = tensors.floats(stored).order(ByteOrder.LITTLE_ENDIAN);
    int columns = Math.toIntExact(shape[1]);
    float[] corner = new float[Math.toIntExact(shape[0] * shape[1])];
    for (int i = 0; i < corner.length; i++) {
      corner[i] = values.getFloat(Math.toIntExact(4 * (i / columns * larger[1] + i % columns)));
    }
    return corner;
  }

  /** Other tensors of the module go into the file too where more than its bias is replaced. */
  private static void replaceModule(Param base, SequenceClassifier model) {
    model.replace(base);
    String module = base.name().substring(0, base.name().lastIndexOf('.') + 1);
    if (!base.isBias()) {
      Stream.of("weight", "bias")
          .map(name -> model.params().get(module + name))
          .filter(param -> param != null && param.role() == Role.BASE)
          .forEach(model::replace);
    }
  }

  /**
   * Merges the update of a layer that is no site of this model into its weight.
   *
   * @param names the update's tensors, by what they are called here
   */
  private void merge(
      String path, Map<String, String> names, SequenceClassifier model, NDManager manager) {
    Param weight = model.params().get(path + ".weight");
    long[] shape = weight.shape().getShape();
    if (shape.length != 2) {
      throw unfit(path + " is adapted, which is not a linear layer");
    }
    Site site =
        new Site(0, Part.OUTPUT, path, Math.toIntExact(shape[1]), Math.toIntExact(shape[0]));
    ParamTable scratch = new ParamTable();
    scratch.declare(weight.name(), weight.role(), Init.zeros(), shape).share(weight);
    Delta delta =
        method(new ModuleNames(List.of(site), Set.of()), model).linear(site, scratch).orElseThrow();
    try (NDManager values = manager.newSubManager()) {
      fillUpdate(scratch.of(Role.ADAPTER, Role.FIXED), names, values);
      try (Scope step = Scope.inference(values)) {
        NDArray merged = delta.weight(weight.array());
        weight.set(step.keep(merged, manager));
      }
    }
    if (weight.role() == Role.BASE) {
      replaceModule(weight, model);
    }
    notes.add(
        directory
            + ": the update of "
            + path
            + " was merged into its weight, which no method adapts here");
  }

  private void fillUpdate(Collection<Param> params, Map<String, String> names, NDManager manager) {
    for (Param param : params) {
      String stored = names.get(param.name());
      if (stored == null && param.role() == Role.FIXED) {
        stored = PeftLayout.SHARED + param.name();
      }
      if (stored == null || !tensors.names().contains(stored)) {
        throw unfit(param.name() + " is missing");
      }
      fill(param, stored, manager);
    }
  }

  private UserError unfit(String what) {
    return UserError.file(tensors.location() + ": is not an adapter for this model: " + what);
  }

  @Override
  public void close() {
    tensors.close();
  }
}
