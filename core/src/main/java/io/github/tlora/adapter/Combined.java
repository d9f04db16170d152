package io.github.tlora.adapter;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.github.tlora.Key;
import io.github.tlora.nn.Delta;
import io.github.tlora.nn.Factors;
import io.github.tlora.nn.Hook;
import io.github.tlora.nn.Layer;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.ParamTable;
import io.github.tlora.nn.Prefix;
import io.github.tlora.nn.Site;
import io.github.tlora.nn.Sublayer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Several methods at once, such as the LoRA paper's LoRA + PreEmbed and LoRA + PreLayer (arXiv
 * 2106.09685, appendix E): each attaches what it attaches alone.
 */
@JsonTypeName("combined")
public record Combined(
    @Key("The methods with their settings: two or more, different, that act on different places.")
        List<Method> parts)
    implements Method {
  /** Methods that would act on one place, or give two tensors one name. */
  private static final List<Set<String>> ONE_OF =
      List.of(
          Set.of("houlsby", "lin", "pfeiffer", "adapter-drop"),
          Set.of("prefix-embedding", "prefix-layer"),
          Set.of("lora", "lora-fa", "dora"),
          Set.of("dora", "tlora"),
          Set.of("dora", "lora-xs"),
          Set.of("dora", "vera"));

  public Combined {
    parts =
        parts == null
            ? List.of(new Lora(null, null, null, null), new PrefixEmbedding(null))
            : List.copyOf(parts);
    List<String> names = parts.stream().map(Method::methodName).toList();
    if (parts.size() < 2) {
      throw refusal("parts must be two methods or more, got ", names);
    }
    if (Set.copyOf(names).size() < names.size()) {
      throw refusal("parts must be different methods, got ", names);
    }
    if (names.contains("combined")) {
      throw refusal("parts must not be combined themselves, got ", names);
    }
    if (names.contains("full")) {
      throw refusal("parts must leave something frozen, got ", names);
    }
    for (Set<String> rivals : ONE_OF) {
      List<String> both = names.stream().filter(rivals::contains).toList();
      if (both.size() > 1) {
        throw refusal("parts must act on different places, got ", both);
      }
    }
  }

  private static IllegalArgumentException refusal(String rule, List<String> names) {
    return new IllegalArgumentException(rule + String.join(" and ", names));
  }

  @Override
  public String summary() {
    return "several methods at once, such as " + names();
  }

  @Override
  public String source() {
    return "arXiv 2106.09685";
  }

  @Override
  public boolean hasLora() {
    return parts.stream().allMatch(Method::hasLora);
  }

  private String names() {
    return parts.stream().map(Method::methodName).collect(Collectors.joining(" + "));
  }

  @Override
  public String size() {
    return parts.stream()
        .map(part -> (part.methodName() + " " + part.size()).strip())
        .collect(Collectors.joining(" + "));
  }

  @Override
  public String label() {
    return parts.stream()
        .map(part -> part.methodName() + (part.label().isEmpty() ? "" : "-" + part.label()))
        .collect(Collectors.joining("-"));
  }

  @Override
  public List<String> targets() {
    return parts.stream().flatMap(part -> part.targets().stream()).distinct().toList();
  }

  @Override
  public List<String> patterns() {
    return parts.stream().flatMap(part -> part.patterns().stream()).toList();
  }

  /** The smallest of the parts': none of them diverges. */
  @Override
  public double defaultLearningRate() {
    return parts.stream().mapToDouble(Method::defaultLearningRate).min().orElseThrow();
  }

  @Override
  public boolean storesFixed() {
    return parts.stream().anyMatch(Method::storesFixed);
  }

  @Override
  public Optional<String> mergeObstacle() {
    return parts.stream().flatMap(part -> part.mergeObstacle().stream()).findFirst();
  }

  @Override
  public Optional<Delta> linear(Site site, ParamTable params) {
    return parts.stream()
        .flatMap(part -> part.linear(site, params).stream())
        .reduce((first, second) -> new Sum((Delta.LowRank) first, (Delta.LowRank) second));
  }

  @Override
  public Optional<Hook> sublayer(Sublayer sublayer, ParamTable params) {
    return parts.stream().flatMap(part -> part.sublayer(sublayer, params).stream()).findFirst();
  }

  @Override
  public Optional<Hook> layerOutput(Layer layer, ParamTable params) {
    return parts.stream()
        .flatMap(part -> part.layerOutput(layer, params).stream())
        .reduce((a, b) -> (x, training) -> b.apply(a.apply(x, training), training));
  }

  @Override
  public Optional<Prefix> input(String path, int width, ParamTable params) {
    return parts.stream().flatMap(part -> part.input(path, width, params).stream()).findFirst();
  }

  @Override
  public boolean trains(Param base) {
    return parts.stream().anyMatch(part -> part.trains(base));
  }

  /** Two updates of one matrix. */
  private record Sum(Delta.LowRank first, Delta.LowRank second) implements Delta.LowRank {
    @Override
    public NDArray apply(NDArray x, NDArray y, boolean training) {
      return second.apply(x, first.apply(x, y, training), training);
    }

    @Override
    public Factors factors() {
      Factors a = first.factors();
      Factors b = second.factors();
      return new Factors(a.down().concat(b.down(), 0), a.up().concat(b.up(), 1));
    }
  }
}
