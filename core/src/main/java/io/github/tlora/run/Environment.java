package io.github.tlora.run;

import static java.util.regex.Matcher.quoteReplacement;

import ai.djl.ndarray.NDManager;
import io.github.tlora.data.TokenCache;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.ModelFinder;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Where models and data are kept, and what is computed on.
 *
 * @param home {@code $TLORA_HOME}
 * @param hub where Hugging Face's tools keep checkpoints
 * @param device {@code cpu} or {@code cuda[:i]}
 * @param threads threads of one operation; null uses every core
 * @param otherBase hears in a line that an adapter belongs to another base than the one it is
 *     loaded on; null refuses that
 */
public record Environment(
    Path home, Path hub, String device, Integer threads, Consumer<String> otherBase) {

  /** Refuses an adapter on another base. */
  public Environment(Path home, Path hub, String device, Integer threads) {
    this(home, hub, device, threads, null);
  }

  /**
   * The process's own: {@code $TLORA_HOME} or {@code ~/.cache/tlora}, the cache that Hugging Face's
   * variables name, the CPU, every core.
   */
  public static Environment current() {
    return of(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  /** What {@code variables} say for a user whose own directory is {@code user}. */
  static Environment of(Map<String, String> variables, Path user) {
    UnaryOperator<String> variable =
        name -> {
          String value = variables.getOrDefault(name, "").strip();
          return value.isEmpty()
              ? null
              : value.replaceFirst("^~(?=/|$)", quoteReplacement(user.toString()));
        };
    Path cache = path(variable.apply("XDG_CACHE_HOME"), user.resolve(".cache"));
    Path huggingFace = path(variable.apply("HF_HOME"), cache.resolve("huggingface"));
    return new Environment(
        path(variable.apply("TLORA_HOME"), user.resolve(".cache").resolve("tlora")),
        path(variable.apply("HF_HUB_CACHE"), huggingFace.resolve("hub")),
        "cpu",
        null);
  }

  private static Path path(String set, Path otherwise) {
    return set == null ? otherwise : Path.of(set);
  }

  /** Finds checkpoints in these places. */
  public ModelFinder models() {
    return new ModelFinder(home, hub);
  }

  /** The tokens of splits that were tokenized before. */
  TokenCache tokens() {
    return TokenCache.in(home.resolve("cache").resolve("tokens"));
  }

  /** The same places with another device and number of threads. */
  public Environment on(String otherDevice, Integer otherThreads) {
    return new Environment(home, hub, otherDevice, otherThreads, otherBase);
  }

  /** Loads an adapter on another base all the same; {@code warning} hears it in a line. */
  public Environment forcing(Consumer<String> warning) {
    return new Environment(home, hub, device, threads, warning);
  }

  /** Memory of the device, which the caller closes; the engine then uses this many threads. */
  NDManager newManager() {
    if (threads != null) {
      Torch.setThreads(threads);
    }
    return Torch.newManager(device);
  }

  /**
   * Loads the weights of {@code model} from {@code files}, while the engine starts.
   *
   * @return what holds them, which the caller closes
   */
  NDManager load(SequenceClassifier model, ModelFiles files) {
    Torch.startAhead();
    try (WeightSource weights = files.openWeights()) {
      NDManager manager = newManager();
      try {
        model.load(weights, manager);
        return manager;
      } catch (RuntimeException e) {
        manager.close();
        throw e;
      }
    }
  }
}
