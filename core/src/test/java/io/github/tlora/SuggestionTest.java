package io.github.tlora;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionTest {
  private static final List<String> KNOWN =
      List.of("tlora", "lora", "lora-xs", "learning_rate", "batch_size", "epochs", "max_length");

  @ParameterizedTest
  @CsvSource({
    "lorra, lora",
    "tlroa, tlora",
    "learning_rte, learning_rate",
    "learningRate, learning_rate",
    "batch-size, batch_size",
    "EPOCHS, epochs",
    "epoch, epochs",
    "lora_xs, lora-xs"
  })
  void a_slip_is_recognised(String typed, String meant) {
    assertThat(Suggestion.of(typed, KNOWN)).contains(meant);
  }

  @Test
  void a_beginning_is_recognised_if_only_one_word_has_it() {
    assertThat(Suggestion.of("batch", KNOWN)).contains("batch_size");
    assertThat(Suggestion.of("max", List.of("max_length", "max_examples"))).isEmpty();
    assertThat(Suggestion.of("ba", KNOWN)).isEmpty();
  }

  @Test
  void a_word_unlike_all_others_gets_no_suggestion() {
    assertThat(Suggestion.of("momentum", KNOWN)).isEmpty();
    assertThat(Suggestion.of("lora", List.of())).isEmpty();
    assertThat(Suggestion.of("", KNOWN)).isEmpty();
  }

  @Test
  void of_equally_near_words_the_first_is_taken() {
    assertThat(Suggestion.of("rat", List.of("cat", "bat"))).contains("cat");
    assertThat(Suggestion.of("rat", List.of("bat", "cat"))).contains("bat");
  }

  @Test
  void the_nearest_word_wins_over_the_first() {
    assertThat(Suggestion.of("lorra", List.of("tlora", "lora"))).contains("lora");
  }
}
