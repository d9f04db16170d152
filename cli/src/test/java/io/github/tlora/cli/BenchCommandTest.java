package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.keys;
import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

/** {@code tlora bench}. */
class BenchCommandTest {
  private static final Object[] SMALL = {
    "bench",
    "--model",
    "electra-small-discriminator",
    "--random",
    "--tokens",
    8,
    "--steps",
    2,
    "--warm-up",
    1,
    "--batch-size",
    2,
    "--method",
    "lora"
  };

  private static Object[] small(Object... more) {
    Object[] all = new Object[SMALL.length + more.length];
    System.arraycopy(SMALL, 0, all, 0, SMALL.length);
    System.arraycopy(more, 0, all, SMALL.length, more.length);
    return all;
  }

  @Test
  void it_answers_in_lines() {
    Invocation bench = tlora(small()).succeeded();
    assertThat(bench.out().lines().map(line -> line.split(" ", 2)[0]))
        .containsExactly(
            "model", "rows", "training", "arithmetic", "time", "prediction", "start", "memory");
    assertThat(bench.out()).contains("lora rank 8, cpu", "2 a step: made up, 8 tokens");
    assertThat(bench.err()).isEmpty();
  }

  @Test
  void it_answers_in_json() {
    JsonNode answer = tlora(small("--json")).succeeded().json();
    assertThat(keys(answer))
        .containsExactly(
            "model",
            "method",
            "size",
            "rows",
            "device",
            "threads",
            "batch_size",
            "steps",
            "steps_per_second",
            "examples_per_second",
            "tokens_per_second",
            "padding",
            "gigaflops",
            "product_gigaflops",
            "share_of_products",
            "stages",
            "predicted_per_second",
            "seconds_to_first_step",
            "peak_bytes");
    assertThat(keys(answer.get("stages")))
        .containsExactly("batch", "forward", "backward", "optimizer");
  }

  @Test
  void mistakes_are_told() {
    assertThat(tlora("bench", "--steps", 0).code()).isEqualTo(2);
    Invocation random = tlora("bench", "--model", "roberta-base", "--random");
    assertThat(random.code()).isEqualTo(2);
    assertThat(random.err()).contains("add --tokens");
    Invocation absent = tlora("bench", "--model", "roberta-base", "--tokens", 8);
    assertThat(absent.code()).isEqualTo(3);
  }
}
