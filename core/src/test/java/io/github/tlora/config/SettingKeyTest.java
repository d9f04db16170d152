package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.Key;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Method;
import io.github.tlora.train.ClassWeights;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the annotations say of the settings, against what the records take. */
class SettingKeyTest {
  /** The groups of a configuration by the paths of their keys; those of methods apart. */
  private static final Map<Class<?>, String> GROUPS = groups(RunConfig.class, "");

  private static Map<Class<?>, String> groups(Class<?> type, String path) {
    Map<Class<?>, String> groups = new LinkedHashMap<>(Map.of(type, path));
    for (SettingKey key : SettingKey.of(type)) {
      if (key.isGroup() && key.type() != Method.class) {
        groups.putAll(groups((Class<?>) key.type(), path + key.name() + "."));
      }
    }
    return groups;
  }

  static List<SettingKey> keys() {
    return Stream.concat(
            GROUPS.keySet().stream(), Arrays.stream(Method.class.getPermittedSubclasses()))
        .flatMap(group -> SettingKey.of(group).stream())
        .toList();
  }

  static List<SettingKey> numbers() {
    return keys().stream().filter(key -> Number.class.isAssignableFrom(innermost(key))).toList();
  }

  private static Class<?> innermost(SettingKey key) {
    if (key.type() instanceof ParameterizedType many) {
      Type[] arguments = many.getActualTypeArguments();
      return (Class<?>) arguments[arguments.length - 1];
    }
    return key.type() == ClassWeights.class ? Double.class : (Class<?>) key.type();
  }

  @Test
  void none_is_lost() {
    assertThat(keys()).hasSizeGreaterThanOrEqualTo(70);
    assertThat(numbers()).hasSizeGreaterThanOrEqualTo(30);
  }

  @ParameterizedTest
  @MethodSource("keys")
  void each_is_described_in_a_line(SettingKey key) {
    assertThat(key.said()).as("@Key of %s", key.path()).isNotNull();
    assertThat(key.said().value()).matches("[A-Z].{10,110}\\.").doesNotContain("|", "\n");
  }

  @ParameterizedTest
  @MethodSource("keys")
  void each_has_a_default_or_says_what_holds_without_one(SettingKey key) {
    if (key.isGroup()) {
      assertThat(key.said().unset()).isEmpty();
    } else {
      assertThat(key.said().unset().isEmpty()).isEqualTo(key.byDefault() != null);
    }
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void its_bounds_are_those_that_are_checked(SettingKey key) {
    Key said = key.said();
    double step = innermost(key) == Double.class ? 0.001 : 1;
    if (!Double.isNaN(said.min())) {
      assertTaken(key, said.min());
      assertRefused(key, said.min() - step);
    } else if (!Double.isNaN(said.above())) {
      assertTaken(key, said.above() + step);
      assertRefused(key, said.above());
    } else {
      assertTaken(key, -1e6);
    }
    if (!Double.isNaN(said.max())) {
      assertTaken(key, said.max());
      assertRefused(key, said.max() + step);
    } else if (!Double.isNaN(said.below())) {
      assertTaken(key, said.below() - step);
      assertRefused(key, said.below());
    } else {
      assertTaken(key, 1e6);
    }
  }

  private static void assertTaken(SettingKey key, double number) {
    assertThat(layers(key, number).resolve()).isNotNull();
  }

  private static void assertRefused(SettingKey key, double number) {
    assertThatThrownBy(() -> layers(key, number).resolve())
        .isInstanceOf(UserError.class)
        .hasMessageContaining(key.name() + " must ");
  }

  private static Layers layers(SettingKey key, double number) {
    boolean isWhole = innermost(key) != Double.class;
    String value = isWhole ? Long.toString((long) number) : Double.toString(number);
    if (key.type() instanceof ParameterizedType many) {
      value = many.getRawType() == List.class ? "[" + value + "]" : "{query: " + value + "}";
    } else if (key.type() == ClassWeights.class) {
      value = "[" + value + "]";
    }
    String group = GROUPS.get(key.group());
    if (group != null) {
      return new Layers().set(group + key.name(), value, "--set");
    }
    return new Layers()
        .set("adapter.method", Method.nameOf(key.group()), "--method")
        .set("adapter." + key.name(), value, "--set");
  }

  @Test
  void a_pattern_is_the_one_that_is_checked() {
    String pattern =
        keys().stream()
            .filter(key -> key.path().equals("RunConfig.device"))
            .findFirst()
            .orElseThrow()
            .said()
            .pattern();
    for (String device : List.of("cpu", "cuda", "cuda:12", "gpu", "cuda:", "cuda:x", "xcpu")) {
      boolean fits = device.matches(pattern);
      assertThat(Problem.of(() -> new Layers().set("device", device, "--device").resolve()))
          .as(device)
          .isEqualTo(!fits);
    }
  }

  /** Whether something is refused. */
  private interface Problem {
    static boolean of(Runnable work) {
      try {
        work.run();
        return false;
      } catch (UserError e) {
        return true;
      }
    }
  }
}
