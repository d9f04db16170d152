package io.github.tlora.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.adapter.Method;
import io.github.tlora.golden.Replay.Mutation;
import io.github.tlora.model.Architecture;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Encoders, heads and adapters against transformers and peft: every hidden state, logits, loss,
 * every gradient, 20 steps of AdamW, the final weights and the merged logits, within the tolerances
 * of the fixtures' manifest.json. {@code -Dtlora.golden=DIR} adds the fixtures in DIR.
 */
class EncoderGoldenTest {
  private static final List<Map<String, Object>> REPORT =
      Collections.synchronizedList(new ArrayList<>());

  @TestFactory
  Stream<DynamicTest> equals_transformers_and_peft() {
    return Fixture.all().stream()
        .flatMap(
            fixture ->
                Stream.concat(Stream.of("base"), fixture.methods().stream())
                    .map(
                        method ->
                            dynamicTest(
                                fixture.path().getFileName() + " " + method,
                                () -> check(fixture, method))));
  }

  private static void check(Fixture fixture, String method) {
    Replay replay = Replay.of(fixture, method, Mutation.NONE);
    report(fixture, method, replay);
    assertThat(problems(fixture, replay)).isEmpty();
  }

  /** What is out of tolerance. */
  private static List<String> problems(Fixture fixture, Replay replay) {
    JsonNode tolerance = fixture.manifest().path("tolerance");
    List<String> problems = new ArrayList<>();
    replay
        .errors()
        .forEach(
            (kind, error) -> {
              double allowed =
                  switch (kind) {
                    case "loss", "merged" -> tolerance.path("logits").asDouble();
                    case "grad" -> Double.MAX_VALUE; // each tensor has its own, see below
                    default -> tolerance.path(kind).asDouble();
                  };
              if (!(error <= allowed)) {
                problems.add(kind + " differs by " + error + ", more than " + allowed);
              }
            });
    if (!(replay.gradTolerance() <= 1)) {
      problems.add("a gradient is " + replay.gradTolerance() + " times its tolerance off");
    }
    return problems;
  }

  private static void report(Fixture fixture, String method, Replay replay) {
    Map<String, Object> largest = new LinkedHashMap<>();
    for (String kind :
        List.of("hidden_states", "logits", "loss", "grad", "trajectory", "final", "merged")) {
      if (replay.errors().containsKey(kind)) {
        largest.put(kind, replay.errors().get(kind));
      }
    }
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("fixture", fixture.path().toString());
    entry.put("method", method);
    entry.put("tensors", replay.tensors());
    entry.put("largest_error", largest);
    REPORT.add(entry);
  }

  @AfterAll
  static void write_report() throws IOException {
    Path file = Path.of("target/golden-report.json");
    Files.createDirectories(file.getParent());
    Files.writeString(
        file, new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(REPORT) + "\n");
  }

  @Test
  void a_flipped_weight_is_found() {
    for (Fixture fixture : Fixture.all()) {
      Replay replay = Replay.of(fixture, "base", Mutation.flipping(EncoderGoldenTest::isMatrix));
      assertThat(problems(fixture, replay)).as("%s", fixture.path()).isNotEmpty();
    }
  }

  private static boolean isMatrix(Param param) {
    return param.role() == Role.BASE && param.shape().dimension() == 2;
  }

  @Test
  void every_method_has_a_golden_case() {
    List<String> wanted = new ArrayList<>(Method.names());
    wanted.removeAll(List.of("combined", "adapter-drop")); // made of others
    assertThat(Fixture.all().stream().flatMap(fixture -> fixture.methods().stream()))
        .containsAll(wanted);
  }

  @Test
  void every_family_has_a_fixture() {
    assertThat(
            Fixture.all().stream()
                .map(fixture -> fixture.json("model/config.json").path("model_type").asText()))
        .containsAll(Architecture.modelTypes());
  }

  @Test
  void missing_weight_decay_is_found() {
    for (String method : List.of("lora", "tlora")) {
      Fixture fixture = Fixture.named("bert");
      Replay replay = Replay.of(fixture, method, Mutation.WITHOUT_DECAY);
      assertThat(problems(fixture, replay)).as(method).isNotEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "bert, tlora, tlora_alpha",
    "bert, dora, lora_magnitude_vector",
    "electra, vera, vera_lambda_d",
    "deberta-v1-p2c, bitfit, q_bias",
    "deberta-v2-unshared, lin, adapter_norm.weight"
  })
  void what_is_not_trained_is_found(String fixture, String method, String suffix) {
    Mutation frozen = Mutation.freezing(param -> param.name().endsWith(suffix));
    assertThat(problems(fixture, method, frozen)).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "bert, dora, lora_magnitude_vector",
    "electra, vera, vera_A",
    "electra, vera, vera_lambda_b",
    "xlm-roberta, lora-fa, lora_A.weight",
    "deberta-v2-unshared, prefix-layer, layer.0.prefix"
  })
  void a_flipped_weight_of_a_method_is_found(String fixture, String method, String suffix) {
    Mutation flipped = Mutation.flipping(param -> param.name().endsWith(suffix));
    assertThat(problems(fixture, method, flipped)).isNotEmpty();
  }

  private static List<String> problems(String name, String method, Mutation mutation) {
    Fixture fixture = Fixture.named(name);
    return problems(fixture, Replay.of(fixture, method, mutation));
  }
}
