package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** First values of tensors. */
class InitTest {
  private final Seeds seeds = new Seeds(0);

  @Test
  void constants_take_nothing_from_the_stream() {
    SplitMix64 stream = seeds.stream("a");
    assertThat(Init.zeros().values(3, stream)).containsExactly(0, 0, 0);
    assertThat(Init.ones().values(3, stream)).containsExactly(1, 1, 1);
    assertThat(stream.nextLong()).isEqualTo(seeds.stream("a").nextLong());
  }

  @Test
  void draws_come_from_the_stream_with_their_spread() {
    assertThat(Init.normal(0.02).values(5, seeds.stream("a")))
        .containsExactly(seeds.stream("a").normal(5, 0.02));
    assertThat(Init.uniform(0.3).values(5, seeds.stream("a")))
        .containsExactly(seeds.stream("a").uniform(5, 0.3));
  }
}
