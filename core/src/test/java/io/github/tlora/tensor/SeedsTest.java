package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Named streams of one seed, pinned: adapter files rely on them for ever. */
class SeedsTest {
  private static final String TLORA_A = "roberta.encoder.layer.0.attention.self.query.tlora_A";

  @Test
  void the_state_of_a_stream_is_pinned() {
    // First 8 bytes of sha256("tlora-normal-1/0/" + name), computed with Python's hashlib.
    assertThat(new Seeds(0).state(TLORA_A)).isEqualTo(0xF7EBAEA1C1571CD3L);
    assertThat(new Seeds(0).state("shuffle")).isEqualTo(0x03112B6119C13664L);
    assertThat(new Seeds(1).state("shuffle")).isEqualTo(0x96EE79B91CEA952CL);
    assertThat(new Seeds(-7).state("größe")).isEqualTo(0x7DBE05BBB2D4AED4L);
  }

  @Test
  void the_first_values_of_a_stream_are_pinned() {
    float[] expected = {0.1285728f, 1.203754f, 0.64986026f, 1.9619803f, 1.4516568f};
    assertThat(new Seeds(0).stream(TLORA_A).normal(5, 1)).containsExactly(expected);
  }

  @Test
  void a_stream_does_not_depend_on_what_was_drawn_before() {
    Seeds seeds = new Seeds(4);
    float[] alone = seeds.stream("b").normal(3, 1);
    assertThat(seeds.stream("a").normal(100, 1)).isNotEmpty();
    assertThat(seeds.stream("b").normal(3, 1)).containsExactly(alone);
  }

  @Test
  void distinct_names_and_seeds_give_distinct_streams() {
    Set<Long> states = new HashSet<>();
    int count = 0;
    for (long seed : List.of(0L, 1L, 2L, 11L, Long.MAX_VALUE, Long.MIN_VALUE)) {
      for (String name : List.of("a", "b", "1/a", "/a", "", "A", "shuffle 1", "shuffle 11")) {
        states.add(new Seeds(seed).state(name));
        count++;
      }
    }
    assertThat(states).hasSize(count);
  }

  @Test
  void streams_of_two_names_share_no_numbers() {
    float[] a = new Seeds(0).stream("a").normal(1000, 1);
    float[] b = new Seeds(0).stream("b").normal(1000, 1);
    double product = 0;
    for (int i = 0; i < a.length; i++) {
      product += a[i] * b[i];
    }
    // Correlation of independent streams: 0 with a standard deviation of 0.032.
    assertThat(Math.abs(product / a.length)).isLessThan(0.15);
    Arrays.sort(a);
    for (float value : b) {
      assertThat(Arrays.binarySearch(a, value)).isNegative();
    }
  }
}
