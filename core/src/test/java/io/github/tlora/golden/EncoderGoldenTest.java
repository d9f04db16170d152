package io.github.tlora.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.golden.Replay.Mutation;
import io.github.tlora.model.Architecture;
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
                Stream.of("base", "lora", "tlora")
                    .filter(method -> method.equals("base") || fixture.has(method))
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
      Replay replay = Replay.of(fixture, "base", new Mutation(true, true, true));
      assertThat(problems(fixture, replay)).as("%s", fixture.path()).isNotEmpty();
    }
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
      Replay replay = Replay.of(fixture, method, new Mutation(false, false, true));
      assertThat(problems(fixture, replay)).as(method).isNotEmpty();
    }
  }

  @Test
  void an_alpha_that_is_not_trained_is_found() {
    Fixture fixture = Fixture.named("bert");
    Replay replay = Replay.of(fixture, "tlora", new Mutation(false, true, false));
    assertThat(problems(fixture, replay)).isNotEmpty();
  }
}
