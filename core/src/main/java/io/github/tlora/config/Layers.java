package io.github.tlora.config;

import io.github.tlora.config.ConfigNode.Mapping;
import io.github.tlora.config.ConfigNode.Scalar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Builds the configuration of a run from layers, each over the one before: the records' defaults,
 * what a file includes, the files in order, the flags.
 *
 * <p>Groups are merged key by key; lists are replaced; null brings the default back. A layer that
 * names another {@code adapter.method} than the one in effect starts the adapter's settings afresh.
 * Every key must be known; all that is wrong is told at once, with its place.
 */
public final class Layers {
  private static final String ADAPTER = "adapter";
  private static final String MODEL = "model";

  private record Flag(String key, String value, Origin origin) {}

  /** A configuration, and what the layers gave of it. */
  private record Resolved(RunConfig config, Mapping given) {}

  private final List<Path> files = new ArrayList<>();
  private final List<Flag> flags = new ArrayList<>();

  /**
   * Adds a YAML or JSON file over the files before it, or the recipe of that name that comes with
   * the tool.
   */
  public Layers file(Path file) {
    files.add(file);
    return this;
  }

  /**
   * Adds one setting over all files.
   *
   * @param key its dotted path, as {@code train.epochs}
   * @param value a YAML scalar, {@code [list]} or {@code {group: ...}}; empty is null
   * @param origin what the user typed, as {@code --rank}; it begins the messages about this setting
   */
  public Layers set(String key, String value, String origin) {
    flags.add(new Flag(key, value, Origin.of(origin)));
    return this;
  }

  /**
   * The configuration that the layers make.
   *
   * @throws io.github.tlora.UserError of kind USAGE, one line for each problem
   */
  public RunConfig resolve() {
    return read().config();
  }

  /**
   * Every key of that configuration, with its value and where that comes from.
   *
   * @throws io.github.tlora.UserError as {@link #resolve()}
   */
  public List<EffectiveSetting> effective() {
    Resolved resolved = read();
    return EffectiveSetting.of(resolved.config(), resolved.given());
  }

  /** What the layers give, merged, before it is checked. */
  Mapping given() {
    Problems problems = new Problems();
    return merged(layers(problems), problems);
  }

  private Resolved read() {
    Problems problems = new Problems();
    List<Mapping> layers = layers(problems);
    Mapping settings = merged(layers, problems);
    Object config = new Binder(RunConfig.class, problems).bind(settings);
    problems.sort(layers.stream().map(layer -> layer.origin().place()).toList());
    problems.throwIfAny();
    return new Resolved((RunConfig) config, settings);
  }

  private List<Mapping> layers(Problems problems) {
    ConfigFiles reader = new ConfigFiles(problems);
    files.forEach(file -> read(file, reader, problems));
    List<Mapping> layers = new ArrayList<>(reader.layers());
    // The method comes first among flags, or `--rank 4 --method lora` would lose the 4.
    flags.stream()
        .map(flag -> layer(flag, problems))
        .sorted(Comparator.comparing(layer -> method(layer) == null))
        .forEach(layers::add);
    return layers;
  }

  private static void read(Path file, ConfigFiles reader, Problems problems) {
    if (Files.exists(file)) {
      reader.read(file);
      return;
    }
    String name = file.toString();
    Recipes.find(name)
        .ifPresentOrElse(
            reader::read,
            () ->
                problems.addUnread(
                    Origin.of(file.normalize().toString()), "no such file" + Recipes.guess(name)));
  }

  private static Mapping merged(List<Mapping> layers, Problems problems) {
    problems.throwIfIncomplete();
    Mapping settings = Mapping.empty(Origin.of("configuration"));
    for (Mapping layer : layers) {
      settings = lay(withModelGroup(layer), settings);
    }
    return settings;
  }

  private static Mapping layer(Flag flag, Problems problems) {
    Origin origin = flag.origin();
    ConfigNode node = ConfigReader.value(flag.key(), flag.value(), origin, problems);
    List<String> path = Arrays.asList(flag.key().split("\\.", -1));
    for (int i = path.size() - 1; i >= 0; i--) {
      node = new Mapping(origin, Map.of(path.get(i), node));
    }
    return (Mapping) node;
  }

  private static Mapping lay(Mapping upper, Mapping lower) {
    boolean otherMethod = method(upper) != null && !methodName(upper).equals(methodName(lower));
    return (otherMethod ? lower.without(ADAPTER) : lower).under(upper);
  }

  /** {@code model: NAME} is short for {@code model: {name: NAME}}. */
  private static Mapping withModelGroup(Mapping layer) {
    if (!(layer.get(MODEL) instanceof Scalar name) || name.isNull()) {
      return layer;
    }
    Mapping group = new Mapping(name.origin(), Map.of("name", name));
    return layer.under(new Mapping(layer.origin(), Map.of(MODEL, group)));
  }

  /** The method that a layer names; null if it names none. */
  private static ConfigNode method(Mapping layer) {
    return layer.get(ADAPTER) instanceof Mapping adapter ? adapter.get(Binder.METHOD) : null;
  }

  private static String methodName(Mapping layer) {
    return method(layer) instanceof Scalar name && !name.isNull()
        ? name.text()
        : Binder.DEFAULT_METHOD;
  }
}
